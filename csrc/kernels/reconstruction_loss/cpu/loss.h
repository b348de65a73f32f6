// The reconstruction loss of a batch: Chamfer distance and kinematics of the same vectors.
#pragma once

#include "kernels/chamfer/cpu/backward.h"
#include "kernels/chamfer/cpu/forward.h"
#include "kernels/kinematics/cpu/backward.h"
#include "kernels/reconstruction_loss/batch.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
inline V squared(V a) {
  return a * a;
}

template <typename V>
inline void store_sums(const JetSums<V>& jets, typename V::Number (*columns)[V::kWidth]) {
  jets.energy.store(columns[kSumEnergy]);
  jets.total.x.store(columns[kSumPx]);
  jets.total.y.store(columns[kSumPy]);
  jets.total.z.store(columns[kSumPz]);
  jets.pt.store(columns[kSumPt]);
  jets.mass.store(columns[kSumMass]);
}

// Writes sums, terms and loss of `n_jets` jets from `first` on.
template <typename V>
inline void store_loss(const LossBatch<typename V::Number>& batch, const JetSums<V>& prediction,
                       const JetSums<V>& target, V distance, int64_t first, int n_jets) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  const V terms[kLossTerms] = {distance, squared(prediction.mass - target.mass), squared(prediction.pt - target.pt),
                               squared(prediction.total.x - target.total.x) +
                                   squared(prediction.total.y - target.total.y) +
                                   squared(prediction.total.z - target.total.z)};
  V loss(T(0));
  for (int term = 0; term < kLossTerms; ++term) {
    if (batch.weights[term] != T(0)) loss = multiply_add(V(batch.weights[term]), terms[term], loss);
  }
  T losses[W], columns[kLossTerms][W], sums[2][kJetSums][W];
  loss.store(losses);
  for (int term = 0; term < kLossTerms; ++term) terms[term].store(columns[term]);
  store_sums(prediction, sums[0]);
  store_sums(target, sums[1]);
  for (int k = 0; k < n_jets; ++k) {
    batch.loss[first + k] = losses[k];
    for (int c = 0; c < kLossTerms; ++c) batch.terms[(first + k) * kLossTerms + c] = columns[c][k];
    for (int which = 0; which < 2; ++which) {
      T* row = batch.sums + (2 * (first + k) + which) * kJetSums;
      for (int c = 0; c < kJetSums; ++c) row[c] = sums[which][c][k];
    }
  }
}

template <typename V>
inline void loss_forward(const LossBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  // The distances come first, into the place of the losses: then each group's vectors are read once more, from cache.
  const ChamferBatch<T> chamfer{batch.batch,
                                batch.n,
                                batch.m,
                                3,
                                batch.prediction,
                                batch.target,
                                batch.prediction_mask,
                                batch.target_mask,
                                batch.loss,
                                batch.prediction_nearest,
                                batch.target_nearest};
  for (int64_t first = begin; first < end; first += W) {
    const int n_jets = static_cast<int>(end - first < W ? end - first : W);
    chamfer_forward<V>(chamfer, first, first + n_jets);
    const V distance = load_column<V>(batch.loss, 1, 0, first, n_jets);
    Arena arena(Arena::padded<T>(3 * batch.n * W) + Arena::padded<T>(3 * batch.m * W));
    const T* prediction = load_jets<V>(batch.prediction, batch.prediction_mask, batch.n, first, n_jets, arena);
    const T* target = load_jets<V>(batch.target, batch.target_mask, batch.m, first, n_jets, arena);
    store_loss(batch, sum_jets<V>(prediction, batch.n), sum_jets<V>(target, batch.m), distance, first, n_jets);
  }
}

// --- Gradient of the reconstruction loss: kinematics and nearest points in one pass over each jet.

template <typename V>
inline JetSums<V> load_sums(const typename V::Number* sums, int which, int64_t first, int n_jets) {
  const auto column = [&](int sum) {
    return load_column<V>(sums, 2 * kJetSums, which * kJetSums + sum, first, n_jets);
  };
  return {{column(kSumPx), column(kSumPy), column(kSumPz)}, column(kSumEnergy), column(kSumPt), column(kSumMass)};
}

// The gradient of the terms of mass, pt and momentum at one side's constituents. All are squares of differences, so
// the other side's gradient is this one with the sides exchanged.
template <typename V>
inline void store_kinematic_gradient(const LossGradient<typename V::Number>& batch, const JetSums<V>& own,
                                     const JetSums<V>& other, typename V::Number* vectors, const bool* mask, int64_t n,
                                     int64_t first, int n_jets, typename V::Number* gradient) {
  using T = typename V::Number;
  const V zero(T(0));
  const V twice = load_column<V>(batch.grad_loss, 1, 0, first, n_jets) * V(T(2));
  const auto weighted = [&](int term, V difference) { return twice * V(batch.weights[term]) * difference; };
  const auto wanted = [&](int term) { return batch.weights[term] != T(0); };
  const JetGradientTerms<V> jet = gradient_terms(own.total, own.energy, own.mass);
  Momentum<V> along{zero, zero, zero};
  if (wanted(kMomentumTerm)) {
    along = {weighted(kMomentumTerm, own.total.x - other.total.x), weighted(kMomentumTerm, own.total.y - other.total.y),
             weighted(kMomentumTerm, own.total.z - other.total.z)};
  }
  if (wanted(kPtTerm)) {
    along = total_gradient(own.total, own.pt, jet.length, along, weighted(kPtTerm, own.pt - other.pt), zero, zero);
  }
  const V mass_slope = weighted(kMassTerm, own.mass - other.mass);
  constituent_gradients<V>(vectors, n, jet, along, nullptr, wanted(kMassTerm) ? &mass_slope : nullptr);
  store_gradients<V>(vectors, mask, n, first, n_jets, gradient);
}

template <typename V>
inline void loss_backward(const LossGradient<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int64_t first = begin; first < end; first += W) {
    const int n_jets = static_cast<int>(end - first < W ? end - first : W);
    const JetSums<V> prediction = load_sums<V>(batch.sums, 0, first, n_jets);
    const JetSums<V> target = load_sums<V>(batch.sums, 1, first, n_jets);
    if (batch.grad_prediction != nullptr) {
      Arena arena(Arena::padded<T>(3 * batch.n * W));
      T* vectors = load_jets<V>(batch.prediction, batch.prediction_mask, batch.n, first, n_jets, arena);
      store_kinematic_gradient(batch, prediction, target, vectors, batch.prediction_mask, batch.n, first, n_jets,
                               batch.grad_prediction);
    }
    if (batch.grad_target != nullptr) {
      Arena arena(Arena::padded<T>(3 * batch.m * W));
      T* vectors = load_jets<V>(batch.target, batch.target_mask, batch.m, first, n_jets, arena);
      store_kinematic_gradient(batch, target, prediction, vectors, batch.target_mask, batch.m, first, n_jets,
                               batch.grad_target);
    }
    if (batch.weights[kChamferTerm] == T(0)) continue;
    for (int64_t jet = first; jet < first + n_jets; ++jet) {
      add_chamfer_gradient(batch.prediction + jet * 3 * batch.n, batch.target + jet * 3 * batch.m,
                           batch.prediction_nearest + jet * batch.n, batch.target_nearest + jet * batch.m, batch.n,
                           batch.m, 3, batch.weights[kChamferTerm] * batch.grad_loss[jet],
                           batch.grad_prediction == nullptr ? nullptr : batch.grad_prediction + jet * 3 * batch.n,
                           batch.grad_target == nullptr ? nullptr : batch.grad_target + jet * 3 * batch.m);
    }
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
