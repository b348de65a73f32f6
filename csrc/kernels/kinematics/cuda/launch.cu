#include "kernels/cuda/kernels.h"
#include "kernels/cuda/warp.h"
#include "kernels/kinematics/cuda/kernel.h"

namespace pyjetsim::cuda {

template <typename T>
void launch_kinematics(const KinematicsBatch<T>& batch, void* stream) {
  launch_on_jets(kinematics_kernel<T>, batch, stream);
}

template <typename T>
void launch_kinematics_gradient(const KinematicsGradient<T>& batch, void* stream) {
  launch_on_jets(kinematics_gradient_kernel<T>, batch, stream);
}

template void launch_kinematics(const KinematicsBatch<float>&, void*);
template void launch_kinematics(const KinematicsBatch<double>&, void*);
template void launch_kinematics_gradient(const KinematicsGradient<float>&, void*);
template void launch_kinematics_gradient(const KinematicsGradient<double>&, void*);

}  // namespace pyjetsim::cuda
