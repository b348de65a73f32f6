// Links in place of launch.cu where the CUDA kernels are not built.
#include "kernels/chamfer/cuda/launch.h"
#include "kernels/cuda/not_built.h"

namespace pyjetsim::cuda {

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

}  // namespace pyjetsim::cuda
