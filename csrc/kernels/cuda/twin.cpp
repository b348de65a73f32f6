// Links in place of built.cpp where the CUDA kernels are not built.
#include "kernels/cuda/built.h"
#include "kernels/cuda/not_built.h"
#include "pyjetsim/error.h"

namespace pyjetsim::cuda {

bool built() { return false; }

void throw_not_built() {
  throw Error("the tensors are on a CUDA device", "this build of pyjetsim has no CUDA kernels",
              "move them to the CPU, or build pyjetsim with -DPYJETSIM_CUDA=ON");
}

}  // namespace pyjetsim::cuda
