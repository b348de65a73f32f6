// Links in place of launch.cu where the CUDA kernels are not built.
#include "kernels/cuda/not_built.h"
#include "kernels/kinematics/cuda/launch.h"

namespace pyjetsim::cuda {

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

}  // namespace pyjetsim::cuda
