#include <algorithm>
#include <type_traits>

#include "kernels/chamfer/cuda/kernel.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/warp.h"

namespace pyjetsim::cuda {
namespace {

// Calls launch with the dimension as a constant of the compiler.
template <typename Launch>
void with_dimension(std::int64_t dimension, Launch launch) {
  switch (dimension) {
    case 1:
      return launch(std::integral_constant<int, 1>{});
    case 2:
      return launch(std::integral_constant<int, 2>{});
    case 3:
      return launch(std::integral_constant<int, 3>{});
    case 4:
      return launch(std::integral_constant<int, 4>{});
    case 5:
      return launch(std::integral_constant<int, 5>{});
    case 6:
      return launch(std::integral_constant<int, 6>{});
    case 7:
      return launch(std::integral_constant<int, 7>{});
    case 8:
      return launch(std::integral_constant<int, 8>{});
    default:
      throw Error("points have " + std::to_string(dimension) + " coordinates", "there are Chamfer kernels for 1 to 8",
                  "give points of that many");
  }
}

}  // namespace

template <typename T>
void launch_chamfer(const ChamferBatch<T>& batch, void* stream) {
  check_size(std::max(batch.n, batch.m), kMostPoints);
  with_dimension(batch.dimension, [&](auto d) {
    constexpr int D = decltype(d)::value;
    const bool nearest = batch.x_nearest != nullptr || batch.y_nearest != nullptr;
    launch_on_jets(nearest ? chamfer_kernel<T, D, true> : chamfer_kernel<T, D, false>, batch, stream);
  });
}

template <typename T>
void launch_chamfer_gradient(const ChamferGradient<T>& batch, void* stream) {
  check_size(std::max(batch.n, batch.m), kMostPoints);
  with_dimension(batch.dimension,
                 [&](auto d) { launch_on_jets(chamfer_gradient_kernel<T, decltype(d)::value>, batch, stream); });
}

template void launch_chamfer(const ChamferBatch<float>&, void*);
template void launch_chamfer(const ChamferBatch<double>&, void*);
template void launch_chamfer_gradient(const ChamferGradient<float>&, void*);
template void launch_chamfer_gradient(const ChamferGradient<double>&, void*);

}  // namespace pyjetsim::cuda
