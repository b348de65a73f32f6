// Chamfer distance of as many jets as a vector has lanes, one jet a lane: both directions from one pass over the
// pairs. For jets of equal multiplicity without masks.
#pragma once

#include <math.h>
#include <stdint.h>

#include "kernels/chamfer/cpu/sum.h"
#include "kernels/chamfer/formula.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Vectors of a group: coordinate d of point i at (i * Dimension + d) * kWidth.
template <typename V>
struct GroupNearest {
  using T = typename V::Number;
  T* x_index;  // n vectors: row of the nearest y as a number of type T; null if not wanted
  T* y_best;   // m vectors: smallest squared distance so far
  T* y_index;  // m vectors; null if not wanted
};

// `Rows` points of x from row i on, against all of y.
template <typename V, int Dimension, bool kNearest, int Rows>
inline void chamfer_tile(const typename V::Number* x, int64_t i, const typename V::Number* y, int64_t m,
                         const GroupNearest<V>& found, OrderedSum<V>& sum) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  V p[Rows][Dimension], best[Rows], index[Rows];
  for (int r = 0; r < Rows; ++r) {
    for (int d = 0; d < Dimension; ++d) p[r][d] = V::load(x + ((i + r) * Dimension + d) * W);
    best[r] = V(static_cast<T>(INFINITY));
    index[r] = V(T(0));
  }
  V row = V(T(0));
  for (int64_t j = 0; j < m; ++j) {
    V q[Dimension];
    for (int d = 0; d < Dimension; ++d) q[d] = V::load(y + (j * Dimension + d) * W);
    V column_best, column_index;
    for (int r = 0; r < Rows; ++r) {
      const V distance = squared_distance<Dimension>(p[r], q);
      if constexpr (kNearest) {
        index[r] = select(distance < best[r], row, index[r]);
        const V here(static_cast<T>(i + r));
        column_index = r == 0 ? here : select(distance < column_best, here, column_index);
      }
      best[r] = minimum(distance, best[r]);
      column_best = r == 0 ? distance : minimum(distance, column_best);
    }
    const V before = V::load(found.y_best + j * W);
    if constexpr (kNearest) {
      select(column_best < before, column_index, V::load(found.y_index + j * W)).store(found.y_index + j * W);
      row = row + V(T(1));
    }
    minimum(column_best, before).store(found.y_best + j * W);
  }
  for (int r = 0; r < Rows; ++r) {
    sum.add(i + r, best[r]);
    if constexpr (kNearest) index[r].store(found.x_index + (i + r) * W);
  }
}

// One distance a lane. Both sets have points, all finite.
template <typename V, int Dimension, bool kNearest>
inline V chamfer_group(const typename V::Number* x, int64_t n, const typename V::Number* y, int64_t m,
                       const GroupNearest<V>& found) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int64_t j = 0; j < m; ++j) {
    V(static_cast<T>(INFINITY)).store(found.y_best + j * W);
    if constexpr (kNearest) V(T(0)).store(found.y_index + j * W);
  }
  OrderedSum<V> over_x, over_y;
  int64_t i = 0;
  for (; i + V::kTile <= n; i += V::kTile) {
    chamfer_tile<V, Dimension, kNearest, V::kTile>(x, i, y, m, found, over_x);
  }
  for (; i + 2 <= n; i += 2) chamfer_tile<V, Dimension, kNearest, 2>(x, i, y, m, found, over_x);
  for (; i < n; ++i) chamfer_tile<V, Dimension, kNearest, 1>(x, i, y, m, found, over_x);
  for (int64_t j = 0; j < m; ++j) over_y.add(j, V::load(found.y_best + j * W));
  return over_x.total() + over_y.total();
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
