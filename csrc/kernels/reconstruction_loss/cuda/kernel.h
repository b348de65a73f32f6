// The kernels of the reconstruction loss.
#pragma once

#include "kernels/chamfer/cuda/gather.h"
#include "kernels/chamfer/cuda/nearest.h"
#include "kernels/cuda/shared.h"
#include "kernels/reconstruction_loss/cuda/terms.h"

namespace pyjetsim::cuda {

template <typename T, bool Nearest>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) reconstruction_loss_kernel(LossBatch<T> batch) {
  PYJETSIM_SHARED(tiles, Tiles<T, 3>);
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const T chamfer = chamfer_of_jet<Nearest>(PointSet<T, 3>(batch.prediction, batch.prediction_mask, batch.n, jet),
                                              PointSet<T, 3>(batch.target, batch.target_mask, batch.m, jet),
                                              tiles[warp_of_block()], of_jet(batch.prediction_nearest, batch.n, jet),
                                              of_jet(batch.target_nearest, batch.m, jet));
    const auto prediction = sums_of_jet(Constituents<T>(batch.prediction, batch.prediction_mask, batch.n, jet));
    const auto target = sums_of_jet(Constituents<T>(batch.target, batch.target_mask, batch.m, jet));
    if (lane() != 0) continue;
    write_sums(prediction, batch.sums + jet * 2 * kJetSums);
    write_sums(target, batch.sums + (jet * 2 + 1) * kJetSums);
    const Momentum<T> missed = difference(prediction.total, target.total);
    T terms[kLossTerms];
    terms[kChamferTerm] = chamfer;
    terms[kMassTerm] = squared(prediction.mass - target.mass);
    terms[kPtTerm] = squared(prediction.pt - target.pt);
    terms[kMomentumTerm] = dot(missed, missed);
    T loss = 0;
    for (int term = 0; term < kLossTerms; ++term) {
      batch.terms[jet * kLossTerms + term] = terms[term];
      if (batch.weights[term] != T(0)) loss += batch.weights[term] * terms[term];
    }
    batch.loss[jet] = loss;
  }
}

template <typename T>
struct JetWithNearest {
  PointSet<T, 3> points;
  const std::int32_t* nearest;
  T* gradient;  // null if not wanted
};

// Writes the gradient at the constituents of `to`.
template <typename T>
__device__ inline void write_gradient(const JetWithNearest<T>& to, const JetWithNearest<T>& from,
                                      const GradientOfSums<T>& of_sums, bool chamfer_wanted, T chamfer_scale,
                                      Tile<T, 3>& tile) {
  const auto write = [&](std::int32_t row, const Point<T, 3>& p, const Point<T, 3>& of_chamfer) {
    Momentum<T> grad{0, 0, 0};
    if (to.points.has(row)) grad = of_sums({p.at[0], p.at[1], p.at[2]});
    T* out = to.gradient + 3 * static_cast<std::int64_t>(row);
    out[0] = grad.x + of_chamfer.at[0];
    out[1] = grad.y + of_chamfer.at[1];
    out[2] = grad.z + of_chamfer.at[2];
  };
  if (chamfer_wanted) {
    gather_differences(to.points, to.nearest, from.points, from.nearest, chamfer_scale, tile, write);
  } else {
    for (std::int32_t row = lane(); row < to.points.size; row += kWarp) write(row, to.points[row], Point<T, 3>{});
  }
}

template <typename T>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) reconstruction_loss_gradient_kernel(LossGradient<T> batch) {
  PYJETSIM_SHARED(tiles, Tiles<T, 3>);
  auto& tile = tiles[warp_of_block()];
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const JetWithNearest<T> prediction{{batch.prediction, batch.prediction_mask, batch.n, jet},
                                       of_jet(batch.prediction_nearest, batch.n, jet),
                                       of_jet(batch.grad_prediction, 3 * batch.n, jet)};
    const JetWithNearest<T> target{{batch.target, batch.target_mask, batch.m, jet},
                                   of_jet(batch.target_nearest, batch.m, jet),
                                   of_jet(batch.grad_target, 3 * batch.m, jet)};
    const JetSums<T> prediction_sums = read_sums(batch.sums + jet * 2 * kJetSums);
    const JetSums<T> target_sums = read_sums(batch.sums + (jet * 2 + 1) * kJetSums);
    const T grad = batch.grad_loss[jet];
    const bool chamfer_wanted = batch.weights[kChamferTerm] != T(0);
    const T chamfer_scale = chamfer_wanted ? 2 * grad * batch.weights[kChamferTerm] : T(0);
    // The loss is the same with the two jets exchanged.
    if (prediction.gradient != nullptr) {
      write_gradient(prediction, target, GradientOfSums<T>(prediction_sums, target_sums, batch.weights, grad),
                     chamfer_wanted, chamfer_scale, tile);
    }
    if (target.gradient != nullptr) {
      write_gradient(target, prediction, GradientOfSums<T>(target_sums, prediction_sums, batch.weights, grad),
                     chamfer_wanted, chamfer_scale, tile);
    }
  }
}

}  // namespace pyjetsim::cuda
