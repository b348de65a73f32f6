#include "kernels/cuda/built.h"

namespace pyjetsim::cuda {

bool built() { return true; }

}  // namespace pyjetsim::cuda
