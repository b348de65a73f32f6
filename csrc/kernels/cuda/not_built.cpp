// Linked in place of the CUDA kernels where these are not built: every launch throws.

#include "kernels/cuda/kernels.h"
#include "pyjetsim/error.h"

namespace pyjetsim::cuda {

bool built() { return false; }

void throw_not_built() {
  throw Error("the tensors are on a CUDA device", "this build of pyjetsim has no CUDA kernels",
              "move them to the CPU, or build pyjetsim with -DPYJETSIM_CUDA=ON");
}

template <typename T>
void launch_chamfer(const ChamferBatch<T>&, void*) {
  throw_not_built();
}

template <typename T>
void launch_chamfer_gradient(const ChamferGradient<T>&, void*) {
  throw_not_built();
}

template void launch_chamfer(const ChamferBatch<float>&, void*);
template void launch_chamfer(const ChamferBatch<double>&, void*);
template void launch_chamfer_gradient(const ChamferGradient<float>&, void*);
template void launch_chamfer_gradient(const ChamferGradient<double>&, void*);

template <typename T>
void launch_kinematics(const KinematicsBatch<T>&, void*) {
  throw_not_built();
}

template <typename T>
void launch_kinematics_gradient(const KinematicsGradient<T>&, void*) {
  throw_not_built();
}

template void launch_kinematics(const KinematicsBatch<float>&, void*);
template void launch_kinematics(const KinematicsBatch<double>&, void*);
template void launch_kinematics_gradient(const KinematicsGradient<float>&, void*);
template void launch_kinematics_gradient(const KinematicsGradient<double>&, void*);

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
