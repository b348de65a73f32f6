// Kinematics of a batch of jets, one jet a lane.
#pragma once

#include "kernels/cpu/arena.h"
#include "kernels/cpu/transpose.h"
#include "kernels/kinematics/batch.h"
#include "kernels/kinematics/cpu/sums.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

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
