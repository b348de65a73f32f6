#pragma once

namespace pyjetsim::cuda {

// Whether the CUDA kernels are in this build. Where they are not, every launch throws.
bool built();

}  // namespace pyjetsim::cuda
