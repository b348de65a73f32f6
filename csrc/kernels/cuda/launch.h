// Starts a kernel that gives each jet a warp.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <string>

#include "kernels/cuda/warp.h"
#include "pyjetsim/error.h"

namespace pyjetsim::cuda {

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
  cudaGetLastError();  // or whoever asks next is told of this one
  throw Error(std::string("a CUDA kernel did not start: ") + cudaGetErrorString(status), "nothing was computed",
              "check that the device is of compute capability 8.0 or newer and that earlier work on it succeeded");
}

}  // namespace pyjetsim::cuda
