// Stands in for NVIDIA's <cuda_runtime.h>: the part of CUDA that the kernels use, emulated on the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "emulation/block.h"

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)

#define PYJETSIM_SHARED(name, ...)   \
  static const char name##_name = 0; \
  auto& name = *static_cast<std::add_pointer_t<__VA_ARGS__>>(emulation::shared(&name##_name, sizeof(__VA_ARGS__)))

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned of_x = 1) : x(of_x) {}
};

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

inline void __syncwarp(unsigned mask = 0xffffffffu, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulation::sync_warp(mask, {file, line});
}

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulation::sync_block({file, line});
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int other, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = emulation::exchange(mask, bits, {file, line})[(threadIdx.x % 32) ^ static_cast<unsigned>(other)];
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline unsigned __ballot_sync(unsigned mask, bool vote, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  const std::uint64_t* votes = emulation::exchange(mask, vote, {file, line});
  unsigned ballot = 0;
  for (int lane = 0; lane < 32; ++lane) ballot |= static_cast<unsigned>(votes[lane]) << lane;
  return ballot;
}

inline bool __any_sync(unsigned mask, bool vote, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return __ballot_sync(mask, vote, file, line) != 0;
}

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

enum cudaError_t { cudaSuccess, cudaErrorInvalidConfiguration };
using cudaStream_t = struct EmulatedStream*;

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
};

inline cudaError_t last_cuda_error = cudaSuccess;

inline cudaError_t cudaGetLastError() {
  const cudaError_t error = last_cuda_error;
  last_cuda_error = cudaSuccess;
  return error;
}

inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess ? "no error" : "invalid configuration argument";
}

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               const Arguments&... arguments) {
  if (emulation::options().launches_fail) return last_cuda_error = cudaErrorInvalidConfiguration;
  emulation::run(config->gridDim.x, static_cast<int>(config->blockDim.x), [&] { kernel(arguments...); });
  return cudaSuccess;
}
