#pragma once

namespace pyjetsim::cuda {

// What every launch does in a build without CUDA kernels: throws pyjetsim::Error.
[[noreturn]] void throw_not_built();

}  // namespace pyjetsim::cuda
