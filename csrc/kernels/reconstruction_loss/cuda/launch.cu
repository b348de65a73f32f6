#include "kernels/cuda/kernels.h"
#include "kernels/cuda/warp.h"
#include "kernels/reconstruction_loss/cuda/kernel.h"

namespace pyjetsim::cuda {

template <typename T>
void launch_reconstruction_loss(const LossBatch<T>& batch, void* stream) {
  check_size(std::max(batch.n, batch.m), kMostPoints);
  const bool nearest = batch.prediction_nearest != nullptr || batch.target_nearest != nullptr;
  launch_on_jets(nearest ? reconstruction_loss_kernel<T, true> : reconstruction_loss_kernel<T, false>, batch, stream);
}

template <typename T>
void launch_reconstruction_loss_gradient(const LossGradient<T>& batch, void* stream) {
  check_size(std::max(batch.n, batch.m), kMostPoints);
  launch_on_jets(reconstruction_loss_gradient_kernel<T>, batch, stream);
}

template void launch_reconstruction_loss(const LossBatch<float>&, void*);
template void launch_reconstruction_loss(const LossBatch<double>&, void*);
template void launch_reconstruction_loss_gradient(const LossGradient<float>&, void*);
template void launch_reconstruction_loss_gradient(const LossGradient<double>&, void*);

}  // namespace pyjetsim::cuda
