// What every CUDA kernel here is made of: one warp a jet, several warps a block.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

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
