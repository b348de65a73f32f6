// The kernels' tests call what starts them on a GPU. Linked with this they hold the CPU kernels to the same answers,
// with the set of instructions that PYJETSIM_CPU_PATH names.
#include <cstdio>
#include <cstdlib>

#include "kernels/cpu/paths.h"
#include "kernels/cuda/kernels.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

const CpuPath& path() {
  static const CpuPath& chosen = []() -> const CpuPath& {
    const char* name = std::getenv("PYJETSIM_CPU_PATH");
    try {
      use_cpu_path(name == nullptr ? "" : name);
    } catch (const Error& error) {
      std::printf("SKIPPED: %s\n", error.what());
      std::fflush(stdout);
      std::_Exit(0);
    }
    return current_cpu_path();
  }();
  return chosen;
}

}  // namespace

namespace cuda {

template <typename T>
void launch_chamfer(const ChamferBatch<T>& batch, void*) {
  path().kernels<T>().chamfer(batch, 0, batch.batch);
}
template <typename T>
void launch_chamfer_gradient(const ChamferGradient<T>& batch, void*) {
  path().kernels<T>().chamfer_backward(batch, 0, batch.batch);
}
template <typename T>
void launch_kinematics(const KinematicsBatch<T>& batch, void*) {
  path().kernels<T>().kinematics(batch, 0, batch.batch);
}
template <typename T>
void launch_kinematics_gradient(const KinematicsGradient<T>& batch, void*) {
  path().kernels<T>().kinematics_backward(batch, 0, batch.batch);
}
template <typename T>
void launch_reconstruction_loss(const LossBatch<T>& batch, void*) {
  path().kernels<T>().loss(batch, 0, batch.batch);
}
template <typename T>
void launch_reconstruction_loss_gradient(const LossGradient<T>& batch, void*) {
  path().kernels<T>().loss_backward(batch, 0, batch.batch);
}

#define PYJETSIM_INSTANTIATE(T)                                                  \
  template void launch_chamfer(const ChamferBatch<T>&, void*);                   \
  template void launch_chamfer_gradient(const ChamferGradient<T>&, void*);       \
  template void launch_kinematics(const KinematicsBatch<T>&, void*);             \
  template void launch_kinematics_gradient(const KinematicsGradient<T>&, void*); \
  template void launch_reconstruction_loss(const LossBatch<T>&, void*);          \
  template void launch_reconstruction_loss_gradient(const LossGradient<T>&, void*)
PYJETSIM_INSTANTIATE(float);
PYJETSIM_INSTANTIATE(double);

}  // namespace cuda
}  // namespace pyjetsim
