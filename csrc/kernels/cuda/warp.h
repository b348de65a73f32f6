// What every CUDA kernel here is made of: one warp a jet, several warps a block.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "pyjetsim/error.h"

namespace pyjetsim::cuda {

constexpr int kWarp = 32;
constexpr int kWarpsPerBlock = 4;
constexpr int kThreads = kWarp * kWarpsPerBlock;
constexpr int kLeastBlocks = 4;  // a multiprocessor: gives a thread up to 128 registers, so that none spills
constexpr unsigned kAllLanes = 0xffffffffu;

__device__ inline int lane() { return static_cast<int>(threadIdx.x) % kWarp; }

__device__ inline int warp_of_block() { return static_cast<int>(threadIdx.x) / kWarp; }

// The jets of a warp: for (jet = first_jet(); jet < batch; jet += jet_stride()).
__device__ inline std::int64_t first_jet() {
  return static_cast<std::int64_t>(blockIdx.x) * kWarpsPerBlock + warp_of_block();
}

__device__ inline std::int64_t jet_stride() { return static_cast<std::int64_t>(gridDim.x) * kWarpsPerBlock; }

// The part of a batch's array that belongs to one jet; null of null.
template <typename T>
__device__ inline T* of_jet(T* batch, std::int64_t rows, std::int64_t jet) {
  return batch == nullptr ? nullptr : batch + jet * rows;
}

template <typename T>
__device__ inline void exchange(T& a, T& b) {
  const T old = a;
  a = b;
  b = old;
}

// The sum over lanes, in every lane, always added in the same order.
template <typename T>
__device__ inline T warp_sum(T value) {
  for (int other = kWarp / 2; other > 0; other /= 2) value += __shfl_xor_sync(kAllLanes, value, other);
  return value;
}

}  // namespace pyjetsim::cuda

// PYJETSIM_SHARED(name, Type): a variable that the threads of a block have in common. An emulation of CUDA brings its
// own, so that it can guard the variable's ends and start every block with rubbish in it.
#ifndef PYJETSIM_SHARED
#define PYJETSIM_SHARED(name, ...) __shared__ __VA_ARGS__ name
#endif

namespace pyjetsim::cuda {

// --- Starts a kernel that gives each jet a warp.

inline void check_size(std::int64_t points, std::int64_t most) {
  if (points <= most) return;
  throw Error("a point set has " + std::to_string(points) + " rows",
              "the CUDA kernels count up to " + std::to_string(most), "split it");
}

constexpr std::int64_t kMostBlocks = 1 << 24;  // of more jets than these hold, a warp takes several

template <typename Batch>
void launch_on_jets(void (*kernel)(Batch), const Batch& batch, void* stream) {
  if (batch.batch == 0) return;  // a grid of no blocks is an error
  cudaLaunchConfig_t config{};
  const std::int64_t blocks = (batch.batch + kWarpsPerBlock - 1) / kWarpsPerBlock;
  config.gridDim = dim3(static_cast<unsigned>(std::min(blocks, kMostBlocks)));
  config.blockDim = dim3(kThreads);
  config.stream = static_cast<cudaStream_t>(stream);
  const cudaError_t status = cudaLaunchKernelEx(&config, kernel, batch);
  if (status == cudaSuccess) return;
  cudaGetLastError();  // else the next caller would get this error
  throw Error(std::string("a CUDA kernel did not start: ") + cudaGetErrorString(status), "nothing was computed",
              "check that the device is of compute capability 8.0 or newer and that earlier work on it succeeded");
}

}  // namespace pyjetsim::cuda
