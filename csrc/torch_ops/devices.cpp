#include "torch_ops/devices.h"

namespace pyjetsim::torch_ops {

#ifdef PYJETSIM_CUDA
void* current_stream(std::int32_t device) {
  return torch::stable::accelerator::getCurrentStream(device).nativeHandle();
}
#else
void* current_stream(std::int32_t) { cuda::throw_not_built(); }
#endif

}  // namespace pyjetsim::torch_ops
