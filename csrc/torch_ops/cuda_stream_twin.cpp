// Links in place of cuda_stream.cpp where the CUDA kernels are not built.
#include "kernels/cuda/not_built.h"
#include "torch_ops/cuda.h"

namespace pyjetsim::torch_ops {

void* current_stream(std::int32_t) { cuda::throw_not_built(); }

}  // namespace pyjetsim::torch_ops
