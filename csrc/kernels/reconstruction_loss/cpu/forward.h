// The reconstruction loss of a batch: Chamfer distance and kinematics of the same vectors.
#pragma once

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

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
