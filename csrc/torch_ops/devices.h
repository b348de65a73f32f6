// Where an op runs its kernels. An op is written once, for any device that has `run`.
#pragma once

#include <torch/csrc/stable/accelerator.h>
#include <torch/csrc/stable/ops.h>

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/paths.h"
#include "kernels/cuda/kernels.h"
#include "torch_ops/tensors.h"

namespace pyjetsim::torch_ops {

// Jets on the CPU, in as many threads as torch.get_num_threads() says.
class Cpu {
 public:
  explicit Cpu(const Tensor&) {}

  template <typename T>
  void run(const ChamferBatch<T>& batch) const {
    spread(batch, kernels<T>().chamfer, batch.n * batch.m);
  }
  template <typename T>
  void run(const ChamferGradient<T>& batch) const {
    spread(batch, kernels<T>().chamfer_backward, 16 * (batch.n + batch.m));
  }
  template <typename T>
  void run(const KinematicsBatch<T>& batch) const {
    spread(batch, kernels<T>().kinematics, 16 * batch.n);
  }
  template <typename T>
  void run(const KinematicsGradient<T>& batch) const {
    spread(batch, kernels<T>().kinematics_backward, 16 * batch.n);
  }
  template <typename T>
  void run(const LossBatch<T>& batch) const {
    spread(batch, kernels<T>().loss, batch.n * batch.m);
  }
  template <typename T>
  void run(const LossGradient<T>& batch) const {
    spread(batch, kernels<T>().loss_backward, 32 * (batch.n + batch.m));
  }
  template <typename T>
  void run(const SplineBatch<T>& batch) const {
    spread(batch, kernels<T>().spline, 16 * batch.bins);
  }
  template <typename T>
  void run_inverse(const SplineBatch<T>& batch) const {
    spread(batch, kernels<T>().spline_inverse, 16 * batch.bins);
  }
  template <typename T>
  void run(const SplineGradient<T>& batch) const {
    spread(batch, kernels<T>().spline_backward, 32 * batch.bins);
  }

 private:
  template <typename T>
  static const CpuKernels<T>& kernels() {
    return current_cpu_path().kernels<T>();
  }

  // `work` is about how many pairs of points one jet costs.
  template <typename Batch, typename Kernel>
  static void spread(const Batch& batch, Kernel kernel, std::int64_t work) {
    const Share share = share_of(work);
    const std::int64_t shares = (batch.batch + share.jets - 1) / share.jets;
    if (shares <= share.least) {
      kernel(batch, 0, batch.batch);
      return;
    }
    torch::stable::parallel_for(0, shares, share.least, [&](std::int64_t begin, std::int64_t end) {
      kernel(batch, begin * share.jets, std::min(end * share.jets, batch.batch));
    });
  }
};

// --- Kernels on a GPU: started on torch's current stream of the device that the tensors are on, and not waited for.

// Throws Error in a build without CUDA kernels.
void* current_stream(std::int32_t device);

class Cuda {
 public:
  explicit Cuda(const Tensor& like)
      : stream_(current_stream(like.get_device_index())), guard_(like.get_device_index()) {}

  template <typename T>
  void run(const ChamferBatch<T>& batch) const {
    cuda::launch_chamfer(batch, stream_);
  }
  template <typename T>
  void run(const ChamferGradient<T>& batch) const {
    cuda::launch_chamfer_gradient(batch, stream_);
  }
  template <typename T>
  void run(const KinematicsBatch<T>& batch) const {
    cuda::launch_kinematics(batch, stream_);
  }
  template <typename T>
  void run(const KinematicsGradient<T>& batch) const {
    cuda::launch_kinematics_gradient(batch, stream_);
  }
  template <typename T>
  void run(const LossBatch<T>& batch) const {
    cuda::launch_reconstruction_loss(batch, stream_);
  }
  template <typename T>
  void run(const LossGradient<T>& batch) const {
    cuda::launch_reconstruction_loss_gradient(batch, stream_);
  }

 private:
  void* stream_;
  torch::stable::accelerator::DeviceGuard guard_;
};

}  // namespace pyjetsim::torch_ops
