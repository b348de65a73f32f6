// The summed four-momentum of jets side by side in vectors.
#pragma once

#include <stdint.h>

#include "kernels/kinematics/formula.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

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

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
