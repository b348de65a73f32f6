// Links in place of launch.cu where the CUDA kernels are not built.
#include "kernels/cuda/not_built.h"
#include "kernels/reconstruction_loss/cuda/launch.h"

namespace pyjetsim::cuda {

template <typename T>
void launch_reconstruction_loss(const LossBatch<T>&, void*) {
  throw_not_built();
}

template <typename T>
void launch_reconstruction_loss_gradient(const LossGradient<T>&, void*) {
  throw_not_built();
}

template void launch_reconstruction_loss(const LossBatch<float>&, void*);
template void launch_reconstruction_loss(const LossBatch<double>&, void*);
template void launch_reconstruction_loss_gradient(const LossGradient<float>&, void*);
template void launch_reconstruction_loss_gradient(const LossGradient<double>&, void*);

}  // namespace pyjetsim::cuda
