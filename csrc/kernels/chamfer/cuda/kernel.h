// The Chamfer kernels.
#pragma once

#include "kernels/chamfer/chamfer.h"
#include "kernels/chamfer/cuda/points.h"
#include "kernels/cuda/warp.h"

namespace pyjetsim::cuda {

template <typename T, int D, bool Nearest>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) chamfer_kernel(ChamferBatch<T> batch) {
  PYJETSIM_SHARED(tiles, Tiles<T, D>);
  auto& tile = tiles[warp_of_block()];
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const PointSet<T, D> x(batch.x, batch.x_mask, batch.n, jet), y(batch.y, batch.y_mask, batch.m, jet);
    const T distance = chamfer_of_jet<Nearest>(x, y, tile, of_jet(batch.x_nearest, batch.n, jet),
                                               of_jet(batch.y_nearest, batch.m, jet));
    if (lane() == 0) batch.distance[jet] = distance;
  }
}

template <typename T, int D>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) chamfer_gradient_kernel(ChamferGradient<T> batch) {
  PYJETSIM_SHARED(tiles, Tiles<T, D>);
  auto& tile = tiles[warp_of_block()];
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const PointSet<T, D> x(batch.x, nullptr, batch.n, jet), y(batch.y, nullptr, batch.m, jet);
    const std::int32_t* x_nearest = batch.x_nearest + jet * batch.n;
    const std::int32_t* y_nearest = batch.y_nearest + jet * batch.m;
    const T scale = 2 * batch.grad_distance[jet];
    const auto write_to = [](T* gradient) {
      return [gradient](std::int32_t row, const Point<T, D>&, const Point<T, D>& sum) {
        for (int d = 0; d < D; ++d) gradient[static_cast<std::int64_t>(row) * D + d] = sum.at[d];
      };
    };
    if (batch.grad_x != nullptr) {
      gather_differences(x, x_nearest, y, y_nearest, scale, tile, write_to(batch.grad_x + jet * batch.n * D));
    }
    if (batch.grad_y != nullptr) {
      gather_differences(y, y_nearest, x, x_nearest, scale, tile, write_to(batch.grad_y + jet * batch.m * D));
    }
  }
}

}  // namespace pyjetsim::cuda
