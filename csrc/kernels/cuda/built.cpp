#include "kernels/cuda/kernels.h"

namespace pyjetsim::cuda {

bool built() { return true; }

}  // namespace pyjetsim::cuda
