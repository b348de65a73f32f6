#include "torch_ops/cuda.h"

namespace pyjetsim::torch_ops {

void* current_stream(std::int32_t device) {
  return torch::stable::accelerator::getCurrentStream(device).nativeHandle();
}

}  // namespace pyjetsim::torch_ops
