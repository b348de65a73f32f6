// Jets stand one after the other in memory and side by side in vectors: from one to the other and back.
#pragma once

#include <stdint.h>

#include "kernels/arithmetic.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Where kWidth jets begin. A group that is not full repeats its last jet; what that lane computes is not stored.
template <typename V, typename T>
struct JetRows {
  T* rows[V::kWidth];

  JetRows(T* first, int64_t stride, int n_jets) {
    for (int k = 0; k < V::kWidth; ++k) rows[k] = first + (k < n_jets ? k : n_jets - 1) * stride;
  }
};

// `count` consecutive elements of every jet, to `count` vectors of one element each.
template <typename V, typename T>
inline void load_transposed(const JetRows<V, const T>& jets, int64_t count, T* to) {
  int64_t i = 0;
#if defined(PYJETSIM_X86_LANES)
  if constexpr (sizeof(T) == sizeof(float)) {
    for (; i + 4 <= count; i += 4) load_transposed_by_4<V::kWidth>(jets.rows, i, to + i * V::kWidth);
  } else {
    for (; i + 2 <= count; i += 2) load_transposed_by_2<V::kWidth>(jets.rows, i, to + i * V::kWidth);
  }
#endif
  for (; i < count; ++i) {
    for (int k = 0; k < V::kWidth; ++k) to[i * V::kWidth + k] = jets.rows[k][i];
  }
}

// `count` vectors to `count` consecutive elements of each of the first `n_jets` jets.
template <typename V, typename T>
inline void store_transposed(const T* from, int64_t count, int n_jets, const JetRows<V, T>& jets) {
  int64_t i = 0;
#if defined(PYJETSIM_X86_LANES)
  if (n_jets == V::kWidth) {
    if constexpr (sizeof(T) == sizeof(float)) {  // integers too: only bits are moved
      if constexpr (V::kWidth % 4 == 0) {
        for (; i + 4 <= count; i += 4) store_transposed_by_4<V::kWidth>(from + i * V::kWidth, i, jets.rows);
      }
    } else {
      for (; i + 2 <= count; i += 2) store_transposed_by_2<V::kWidth>(from + i * V::kWidth, i, jets.rows);
    }
  }
#endif
  for (; i < count; ++i) {
    for (int k = 0; k < n_jets; ++k) jets.rows[k][i] = from[i * V::kWidth + k];
  }
}

// --- Whether any number of a lane is NaN or infinite.

// 0 in the lanes whose `count` numbers are all finite, NaN in the others.
template <typename V>
inline V not_finite(const typename V::Number* vectors, int64_t count) {
  using T = typename V::Number;
  constexpr int kChains = 8;  // additions wait for each other; chains do not
  V chain[kChains];
  for (V& each : chain) each = V(T(0));
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains) {
    for (int c = 0; c < kChains; ++c) {
      chain[c] = multiply_add(V::load(vectors + (i + c) * V::kWidth), V(T(0)), chain[c]);
    }
  }
  for (; i < count; ++i) chain[0] = multiply_add(V::load(vectors + i * V::kWidth), V(T(0)), chain[0]);
  for (int c = 1; c < kChains; ++c) chain[0] = chain[0] + chain[c];
  return chain[0];
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
