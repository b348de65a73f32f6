// From every point of one set to the nearest of another.
#pragma once

#include <math.h>

#include "kernels/chamfer/cuda/tile.h"
#include "kernels/chamfer/formula.h"

namespace pyjetsim::cuda {

constexpr int kQueries = 2;  // points a lane compares with each point it reads

template <typename T, int D>
struct Query {
  Point<T, D> point;
  T distance;            // squared, to the nearest point so far
  std::int32_t nearest;  // row of that, -1 before there is one
};

__device__ inline float smaller(float a, float b) { return fminf(a, b); }
__device__ inline double smaller(double a, double b) { return fmin(a, b); }

// Compares a lane's first `Count` queries with the first `points` of a tile. A comparison with NaN is false, so NaN
// would be passed over: Careful takes it, as torch.min does, and costs more.
template <bool Nearest, bool Careful, int Count, typename T, int D>
__device__ inline void compare(const Tile<T, D>& tile, int points, Query<T, D> (&queries)[kQueries]) {
  int slots[Count];
  for (int& slot : slots) slot = -1;
  for (int j = 0; j < points; ++j) {
    const Point<T, D> point = tile.points[j];
    for (int q = 0; q < Count; ++q) {
      const T distance = squared_distance<D>(queries[q].point.at, point.at);
      T& least = queries[q].distance;
      if constexpr (Nearest || Careful) {
        // Less, or the first NaN.
        if (Careful ? !(distance >= least) && least == least : distance < least) {
          least = distance;
          slots[q] = j;
        }
      } else {
        least = smaller(distance, least);
      }
    }
  }
  if constexpr (Nearest) {
    if (points == 0) return;
    for (int q = 0; q < Count; ++q) {
      if (slots[q] >= 0) queries[q].nearest = tile.labels[slots[q]];
      // Where all are infinitely far none was less than infinity, and the first is the nearest.
      if (queries[q].nearest < 0) queries[q].nearest = tile.labels[0];
    }
  }
}

template <bool Nearest, typename T, int D>
__device__ inline void compare(const Tile<T, D>& tile, int points, bool careful, bool two,
                               Query<T, D> (&queries)[kQueries]) {
  if (careful) {
    compare<Nearest, true, 2>(tile, points, queries);
  } else if (two) {
    compare<Nearest, false, 2>(tile, points, queries);
  } else {
    compare<Nearest, false, 1>(tile, points, queries);
  }
}

// The sum, over the points of `from` that fall to this lane, of the squared distance to the nearest point of `to`.
// With Nearest, also writes the rows of the nearest points.
template <bool Nearest, typename T, int D>
__device__ inline T distance_to_nearest(const PointSet<T, D>& from, const PointSet<T, D>& to, Tile<T, D>& tile,
                                        std::int32_t* nearest) {
  const auto row_of_point = [&to](std::int32_t row) { return to.has(row) ? row : -1; };
  T sum = 0;
  for (std::int32_t first = 0; first < from.size; first += kQueries * kWarp) {
    Query<T, D> queries[kQueries];
    bool is_point[kQueries];
    bool careful = false;
    for (int q = 0; q < kQueries; ++q) {
      const std::int32_t row = first + q * kWarp + lane();
      is_point[q] = from.has(row);
      queries[q] = {is_point[q] ? from[row] : Point<T, D>{}, static_cast<T>(INFINITY), -1};
      // All distances from it are NaN, or infinite: a later tile must not take over from the first row.
      careful = careful || !is_finite<T, D>(queries[q].point);
    }
    std::int32_t points = 0;
    for (std::int32_t start = 0; start < to.size; start += kTile) {
      const Loaded loaded = load_tile(to, start, row_of_point, tile);
      points += loaded.count;
      // And from here on, to keep a NaN that was found.
      careful = __any_sync(kAllLanes, careful || !loaded.finite);
      compare<Nearest>(tile, loaded.count, careful, from.size - first > kWarp, queries);
    }
    for (int q = 0; q < kQueries; ++q) {
      const std::int32_t row = first + q * kWarp + lane();
      if (is_point[q] && points > 0) sum += queries[q].distance;
      if (Nearest && row < from.size) nearest[row] = is_point[q] ? queries[q].nearest : -1;
    }
  }
  return sum;
}

// The Chamfer distance, in every lane: there, and back with the roles exchanged, so that every minimum stays in the
// lane that looks for it.
template <bool Nearest, typename T, int D>
__device__ inline T chamfer_of_jet(PointSet<T, D> from, PointSet<T, D> to, Tile<T, D>& tile, std::int32_t* from_nearest,
                                   std::int32_t* to_nearest) {
  T sum = 0;
#pragma unroll 1  // half the code
  for (int way = 0; way < 2; ++way) {
    sum += distance_to_nearest<Nearest>(from, to, tile, from_nearest);
    exchange(from, to);
    exchange(from_nearest, to_nearest);
  }
  return warp_sum(sum);
}

}  // namespace pyjetsim::cuda
