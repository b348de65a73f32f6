// The Chamfer distances of a batch: jets of equal multiplicity without masks go together in vectors, one jet a lane;
// the others go alone, vectors along their points.
#pragma once

#include <math.h>
#include <stdint.h>

#include "kernels/chamfer/chamfer.h"
#include "kernels/chamfer/cpu/single.h"
#include "kernels/cpu/vectors.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// --- Chamfer distance of as many jets as a vector has lanes, one jet a lane: both directions from one pass over the
// pairs. For jets of equal multiplicity without masks.

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

// --- The Chamfer distances of a batch: which jets go together in vectors, and which alone.

template <typename V>
inline typename V::Number chamfer_jet(const ChamferBatch<typename V::Number>& batch, int64_t jet) {
  const auto* x = batch.x + jet * batch.n * batch.dimension;
  const auto* y = batch.y + jet * batch.m * batch.dimension;
  const bool* x_mask = batch.x_mask == nullptr ? nullptr : batch.x_mask + jet * batch.n;
  const bool* y_mask = batch.y_mask == nullptr ? nullptr : batch.y_mask + jet * batch.m;
  int32_t* x_nearest = batch.x_nearest == nullptr ? nullptr : batch.x_nearest + jet * batch.n;
  int32_t* y_nearest = batch.y_nearest == nullptr ? nullptr : batch.y_nearest + jet * batch.m;
  const auto run = [&](auto single) {
    return single(x, x_mask, batch.n, y, y_mask, batch.m, batch.dimension, x_nearest, y_nearest);
  };
  if (batch.dimension <= 3) return run(chamfer_single<V, 3>);
  if (batch.dimension == 4) return run(chamfer_single<V, 4>);
  return run(chamfer_single<V, 8>);
}

// Working memory of a group, in the order it is used in.
template <typename V>
struct GroupMemory {
  using T = typename V::Number;
  T* x;
  T* y;
  GroupNearest<V> found;
  int32_t* rows;  // of either set, null if not wanted

  static int64_t bytes(int64_t n, int64_t m, int64_t dimension, bool nearest) {
    constexpr int64_t W = V::kWidth;
    return Arena::padded<T>(n * dimension * W) + Arena::padded<T>(m * dimension * W) + Arena::padded<T>(m * W) +
           (nearest ? Arena::padded<T>(n * W) + Arena::padded<T>(m * W) + Arena::padded<int32_t>((n + m) * W) : 0);
  }
  GroupMemory(int64_t n, int64_t m, int64_t dimension, bool nearest, Arena& arena)
      : x(arena.take<T>(n * dimension * V::kWidth)),
        y(arena.take<T>(m * dimension * V::kWidth)),
        found{nearest ? arena.take<T>(n * V::kWidth) : nullptr, arena.take<T>(m * V::kWidth),
              nearest ? arena.take<T>(m * V::kWidth) : nullptr},
        rows(nearest ? arena.take<int32_t>((n + m) * V::kWidth) : nullptr) {}
};

// Whether jets of this batch can share vectors, and gain by it: a group must stay in the cache.
template <typename V, typename Batch>
inline bool fits_group(const Batch& batch, int64_t dimension) {
  constexpr int64_t kCache = 512 << 10;
  return batch.n > 0 && batch.m > 0 && (dimension == 3 || dimension == 4) &&
         GroupMemory<V>::bytes(batch.n, batch.m, dimension, true) <= kCache;
}

// A group this full is faster in vectors than jet by jet.
template <typename V>
inline constexpr int64_t kSmallestGroup = V::kWidth / 2;

// Writes the row numbers that a group's kernel left as vectors of T.
template <typename V>
inline void store_nearest(const typename V::Number* index, int64_t count, int n_jets, int32_t* rows, int32_t* nearest) {
  for (int64_t i = 0; i < count; ++i) store_integers(V::load(index + i * V::kWidth), rows + i * V::kWidth);
  store_transposed<V>(rows, count, n_jets, JetRows<V, int32_t>(nearest, count, n_jets));
}

template <typename V, int Dimension, bool kNearest>
inline void chamfer_group_of_batch(const ChamferBatch<typename V::Number>& batch, int64_t first, int n_jets) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  Arena arena(GroupMemory<V>::bytes(batch.n, batch.m, Dimension, kNearest));
  const GroupMemory<V> memory(batch.n, batch.m, Dimension, kNearest, arena);
  const int64_t x_size = batch.n * Dimension, y_size = batch.m * Dimension;
  load_transposed<V>(JetRows<V, const T>(batch.x + first * x_size, x_size, n_jets), x_size, memory.x);
  load_transposed<V>(JetRows<V, const T>(batch.y + first * y_size, y_size, n_jets), y_size, memory.y);
  T bad[W], distance[W];
  (not_finite<V>(memory.x, x_size) + not_finite<V>(memory.y, y_size)).store(bad);
  chamfer_group<V, Dimension, kNearest>(memory.x, batch.n, memory.y, batch.m, memory.found).store(distance);
  for (int k = 0; k < n_jets; ++k) batch.distance[first + k] = distance[k];
  if constexpr (kNearest) {
    store_nearest<V>(memory.found.x_index, batch.n, n_jets, memory.rows, batch.x_nearest + first * batch.n);
    store_nearest<V>(memory.found.y_index, batch.m, n_jets, memory.rows, batch.y_nearest + first * batch.m);
  }
  for (int k = 0; k < n_jets; ++k) {
    if (bad[k] != T(0)) batch.distance[first + k] = chamfer_jet<V>(batch, first + k);
  }
}

// Jets `begin` to `end` of the batch.
template <typename V>
inline void chamfer_forward(const ChamferBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  int64_t jet = begin;
  if (batch.x_mask == nullptr && batch.y_mask == nullptr && fits_group<V>(batch, batch.dimension)) {
    const bool nearest = batch.x_nearest != nullptr || batch.y_nearest != nullptr;
    auto* group = batch.dimension == 3
                      ? (nearest ? chamfer_group_of_batch<V, 3, true> : chamfer_group_of_batch<V, 3, false>)
                      : (nearest ? chamfer_group_of_batch<V, 4, true> : chamfer_group_of_batch<V, 4, false>);
    for (; end - jet >= kSmallestGroup<V>; jet += V::kWidth) {
      group(batch, jet, static_cast<int>(end - jet < V::kWidth ? end - jet : V::kWidth));
    }
  }
  for (; jet < end; ++jet) batch.distance[jet] = chamfer_jet<V>(batch, jet);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
