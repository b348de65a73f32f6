// The kernels of the reconstruction loss.
#pragma once

#include "kernels/chamfer/cuda/points.h"
#include "kernels/cuda/warp.h"
#include "kernels/kinematics/cuda/jets.h"
#include "kernels/reconstruction_loss/batch.h"

namespace pyjetsim::cuda {

// --- The loss's terms that depend on sums of the jets, and their gradients.

template <typename T>
__device__ inline T squared(T a) {
  return a * a;
}

template <typename T>
__device__ inline void write_sums(const JetSums<T>& jet, T* row) {
  row[kSumEnergy] = jet.energy;
  row[kSumPx] = jet.total.x;
  row[kSumPy] = jet.total.y;
  row[kSumPz] = jet.total.z;
  row[kSumPt] = jet.pt;
  row[kSumMass] = jet.mass;
}

template <typename T>
__device__ inline JetSums<T> read_sums(const T* row) {
  return {{row[kSumPx], row[kSumPy], row[kSumPz]}, row[kSumEnergy], row[kSumPt], row[kSumMass]};
}

template <typename T>
__device__ inline Momentum<T> difference(const Momentum<T>& a, const Momentum<T>& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}

// The gradient, at the constituents of one jet, of the terms that depend on sums, times weights and incoming gradient.
// A term of weight 0 is left out: its gradient may be infinite.
template <typename T>
struct GradientOfSums {
  bool mass_wanted;
  T of_mass;
  Momentum<T> of_total;
  JetGradientTerms<T> mass_terms;

  __device__ GradientOfSums(const JetSums<T>& jet, const JetSums<T>& other, const T* weights, T grad)
      : mass_wanted(weights[kMassTerm] != T(0)),
        of_mass(2 * grad * weights[kMassTerm] * (jet.mass - other.mass)),
        of_total{T(0), T(0), T(0)},
        mass_terms(gradient_terms(jet.total, jet.energy, jet.mass)) {
    if (weights[kPtTerm] != T(0))
      add(pt_gradient(jet.total, jet.pt), 2 * grad * weights[kPtTerm] * (jet.pt - other.pt));
    if (weights[kMomentumTerm] != T(0)) add(difference(jet.total, other.total), 2 * grad * weights[kMomentumTerm]);
  }

  __device__ void add(const Momentum<T>& direction, T scale) {
    of_total = {of_total.x + scale * direction.x, of_total.y + scale * direction.y, of_total.z + scale * direction.z};
  }

  __device__ Momentum<T> operator()(const Momentum<T>& p) const {
    if (!mass_wanted) return of_total;
    const Momentum<T> of_this = mass_gradient(unit_vector(p), mass_terms);
    return {of_total.x + of_mass * of_this.x, of_total.y + of_mass * of_this.y, of_total.z + of_mass * of_this.z};
  }
};

// --- The kernels of the reconstruction loss.

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
