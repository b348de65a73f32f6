// Kinematics of a batch of jets, one jet a lane.
#pragma once

#include <stdint.h>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/vectors.h"
#include "kernels/kinematics/kinematics.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// --- The summed four-momentum of jets side by side in vectors.

template <typename V>
struct JetSums {
  Momentum<V> total;
  V energy, pt, mass;
};

// Constituent i of every lane at vectors 3 i to 3 i + 2.
template <typename V>
inline Momentum<V> constituent(const typename V::Number* vectors, int64_t i) {
  constexpr int W = V::kWidth;
  return {V::load(vectors + 3 * i * W), V::load(vectors + (3 * i + 1) * W), V::load(vectors + (3 * i + 2) * W)};
}

template <typename V>
inline JetSums<V> sum_jets(const typename V::Number* vectors, int64_t n) {
  using T = typename V::Number;
  const V zero(T(0));
  Momentum<V> total{zero, zero, zero};
  for (int64_t i = 0; i < n; ++i) {
    const Momentum<V> p = constituent<V>(vectors, i);
    total = {total.x + p.x, total.y + p.y, total.z + p.z};
  }
  const V length = magnitude(total);
  const Momentum<V> axis = jet_axis(total, length);
  V excess = zero;
  for (int64_t i = 0; i < n; ++i) excess = excess + energy_excess(constituent<V>(vectors, i), axis);
  return {total, length + excess, square_root(total.x * total.x + total.y * total.y), mass_from_excess(excess, length)};
}

// Removes masked constituents from jets in vectors: they count as zero rows, whatever stood there.
template <typename V>
inline void clear_masked(typename V::Number* vectors, const bool* mask, int64_t n, int n_jets) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int64_t i = 0; i < n; ++i) {
    for (int k = 0; k < n_jets; ++k) {
      if (mask[k * n + i]) continue;
      for (int64_t d = 0; d < 3; ++d) vectors[(3 * i + d) * W + k] = T(0);
    }
  }
}

// --- Kinematics of a batch of jets, one jet a lane.

// Constituents of `n_jets` jets from `first` on, in vectors, masked rows zero.
template <typename V>
inline typename V::Number* load_jets(const typename V::Number* constituents, const bool* mask, int64_t n, int64_t first,
                                     int n_jets, Arena& arena) {
  using T = typename V::Number;
  T* vectors = arena.take<T>(3 * n * V::kWidth);
  load_transposed<V>(JetRows<V, const T>(constituents + first * 3 * n, 3 * n, n_jets), 3 * n, vectors);
  if (mask != nullptr) clear_masked<V>(vectors, mask + first * n, n, n_jets);
  return vectors;
}

template <typename V>
inline void kinematics_forward(const KinematicsBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int64_t first = begin; first < end; first += W) {
    const int n_jets = static_cast<int>(end - first < W ? end - first : W);
    Arena arena(Arena::padded<T>(3 * batch.n * W));
    const JetSums<V> jets =
        sum_jets<V>(load_jets<V>(batch.constituents, batch.mask, batch.n, first, n_jets, arena), batch.n);
    T columns[kKinematicsColumns][W];
    jets.energy.store(columns[kEnergy]);
    jets.total.x.store(columns[kPx]);
    jets.total.y.store(columns[kPy]);
    jets.total.z.store(columns[kPz]);
    jets.pt.store(columns[kPt]);
    jets.mass.store(columns[kMass]);
    for (int k = 0; k < n_jets; ++k) {
      columns[kEta][k] = pseudorapidity(columns[kPz][k], columns[kPt][k]);
      columns[kPhi][k] = azimuth(columns[kPx][k], columns[kPy][k], columns[kPt][k]);
    }
    for (int k = 0; k < n_jets; ++k) {
      T* row = batch.kinematics + (first + k) * kKinematicsColumns;
      for (int c = 0; c < kKinematicsColumns; ++c) row[c] = columns[c][k];
    }
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
