// Chamfer distance of one jet, vectors along its points: for small batches, masks, many points and any dimension.
#pragma once

#include <math.h>
#include <stdint.h>

#include "kernels/arithmetic.h"
#include "kernels/chamfer/chamfer.h"
#include "kernels/cpu/memory.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// --- The one order in which minima are summed, whatever path a jet takes: so a jet's distance does not depend on the
// batch it is in.

// Four partial sums, of the elements 0, 4, 8, ..., of 1, 5, 9, ... and so on: additions need not wait for each other.
template <typename V>
class OrderedSum {
 public:
  void add(int64_t i, V value) { parts_[i & 3] = parts_[i & 3] + value; }
  V total() const { return (parts_[0] + parts_[1]) + (parts_[2] + parts_[3]); }

 private:
  V parts_[4] = {V(0), V(0), V(0), V(0)};
};

// --- Chamfer distance of one jet, vectors along its points: for small batches, masks, many points and any dimension.

// The points of one set, without its masked rows, in the two orders that the search wants. Coordinates beyond those of
// the input are 0 and add nothing.
template <typename V, int Dimension>
struct CompactSet {
  using T = typename V::Number;
  int64_t size = 0;
  int64_t stride;  // of a coordinate's row in `columns`: whole vectors, and room for a whole tile of them
  T* points;       // point by point
  T* columns;      // coordinate by coordinate
  T* best;         // smallest squared distance of each point
  T* index;        // which point of the other set, as a number of type T
  int32_t* row;    // where each point stood
  bool all_finite = true;

  static int64_t padded(int64_t n) {
    constexpr int64_t step = V::kWidth * V::kTile;
    return (n + step - 1) / step * step;
  }
  static int64_t bytes(int64_t n) {
    return 2 * Arena::padded<T>(padded(n) * Dimension) + 2 * Arena::padded<T>(padded(n)) + Arena::padded<int32_t>(n);
  }

  CompactSet(const T* rows, const bool* mask, int64_t n, int64_t dimension, Arena& arena)
      : stride(padded(n)),
        points(arena.take<T>(stride * Dimension)),
        columns(arena.take<T>(stride * Dimension)),
        best(arena.take<T>(stride)),
        index(arena.take<T>(stride)),
        row(arena.take<int32_t>(n)) {
    T check = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (mask != nullptr && !mask[i]) continue;
      for (int64_t d = 0; d < Dimension; ++d) {
        const T value = d < dimension ? rows[i * dimension + d] : T(0);
        points[size * Dimension + d] = value;
        columns[d * stride + size] = value;
        check += value * T(0);  // NaN from NaN and from infinity
      }
      row[size++] = static_cast<int32_t>(i);
    }
    all_finite = check == T(0);
    // What stands behind the last point is computed with, and must not be slow or trap.
    for (int64_t d = 0; d < Dimension; ++d) {
      for (int64_t i = size; i < stride; ++i) columns[d * stride + i] = T(0);
    }
  }
};

// For `Tile` vectors of points of `query` from `first` on, the nearest of all points of `other`.
template <typename V, int Dimension, bool kNearest, int Tile>
inline void nearest_tile(CompactSet<V, Dimension>& query, const CompactSet<V, Dimension>& other, int64_t first) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  V q[Tile][Dimension], best[Tile], index[Tile];
  for (int t = 0; t < Tile; ++t) {
    for (int d = 0; d < Dimension; ++d) q[t][d] = V::load(query.columns + d * query.stride + first + t * W);
    best[t] = V(static_cast<T>(INFINITY));
    index[t] = V(T(0));
  }
  V row = V(T(0));
  for (int64_t j = 0; j < other.size; ++j) {
    V p[Dimension];
    for (int d = 0; d < Dimension; ++d) p[d] = V(other.points[j * Dimension + d]);
    for (int t = 0; t < Tile; ++t) {
      const V distance = squared_distance<Dimension>(q[t], p);
      if constexpr (kNearest) index[t] = select(distance < best[t], row, index[t]);
      best[t] = minimum(distance, best[t]);
    }
    if constexpr (kNearest) row = row + V(T(1));
  }
  for (int t = 0; t < Tile; ++t) {
    best[t].store(query.best + first + t * W);
    if constexpr (kNearest) index[t].store(query.index + first + t * W);
  }
}

// The same where a point may be NaN or infinite: comparisons lose NaN, so it is looked for. As torch.min: a NaN is
// smaller than any number, and the first of equals is taken.
template <typename V, int Dimension>
inline void nearest_of_any(CompactSet<V, Dimension>& query, const CompactSet<V, Dimension>& other) {
  using T = typename V::Number;
  for (int64_t i = 0; i < query.size; ++i) {
    T best = 0;
    int64_t index = 0;
    for (int64_t j = 0; j < other.size; ++j) {
      const T distance = squared_distance<Dimension>(query.points + i * Dimension, other.points + j * Dimension);
      if (j == 0 || distance < best || (distance != distance && best == best)) {
        best = distance;
        index = j;
      }
    }
    query.best[i] = best;
    query.index[i] = static_cast<T>(index);
  }
}

template <typename V, int Dimension, bool kNearest>
inline typename V::Number sum_of_nearest(CompactSet<V, Dimension>& query, const CompactSet<V, Dimension>& other) {
  constexpr int64_t W = V::kWidth;
  if (!query.all_finite || !other.all_finite) {
    nearest_of_any(query, other);
  } else {
    int64_t first = 0;
    for (; first + (V::kTile - 1) * W < query.size; first += V::kTile * W) {
      nearest_tile<V, Dimension, kNearest, V::kTile>(query, other, first);
    }
    for (; first < query.size; first += W) nearest_tile<V, Dimension, kNearest, 1>(query, other, first);
  }
  OrderedSum<typename V::Number> sum;
  for (int64_t i = 0; i < query.size; ++i) sum.add(i, query.best[i]);
  return sum.total();
}

template <typename V, int Dimension>
inline void write_nearest(const CompactSet<V, Dimension>& query, const CompactSet<V, Dimension>& other, int64_t n,
                          int32_t* nearest) {
  if (query.size < n || other.size == 0) {
    for (int64_t i = 0; i < n; ++i) nearest[i] = -1;
    if (other.size == 0) return;
  }
  for (int64_t i = 0; i < query.size; ++i) nearest[query.row[i]] = other.row[static_cast<int64_t>(query.index[i])];
}

// One jet of a batch. `x_nearest` and `y_nearest` as in ChamferBatch.
template <typename V, int Dimension>
inline typename V::Number chamfer_single(const typename V::Number* x, const bool* x_mask, int64_t n,
                                         const typename V::Number* y, const bool* y_mask, int64_t m, int64_t dimension,
                                         int32_t* x_nearest, int32_t* y_nearest) {
  using Set = CompactSet<V, Dimension>;
  Arena arena(Set::bytes(n) + Set::bytes(m));
  Set xs(x, x_mask, n, dimension, arena), ys(y, y_mask, m, dimension, arena);
  const bool nearest = x_nearest != nullptr || y_nearest != nullptr;  // of an empty set it is null
  typename V::Number distance = 0;
  if (xs.size > 0 && ys.size > 0) {
    distance = nearest ? sum_of_nearest<V, Dimension, true>(xs, ys) + sum_of_nearest<V, Dimension, true>(ys, xs)
                       : sum_of_nearest<V, Dimension, false>(xs, ys) + sum_of_nearest<V, Dimension, false>(ys, xs);
  }
  if (nearest) {
    write_nearest(xs, ys, n, x_nearest);
    write_nearest(ys, xs, m, y_nearest);
  }
  return distance;
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
