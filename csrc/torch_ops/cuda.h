// Kernels on a GPU: started on torch's current stream of the device that the tensors are on, and not waited for.
#pragma once

#include <torch/csrc/stable/accelerator.h>

#include "kernels/chamfer/cuda/launch.h"
#include "kernels/kinematics/cuda/launch.h"
#include "kernels/reconstruction_loss/cuda/launch.h"
#include "torch_ops/check.h"

namespace pyjetsim::torch_ops {

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
