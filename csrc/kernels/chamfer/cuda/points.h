// The points of two sets on a GPU: which are nearest to each other, and what the gradient of their distance is.
#pragma once

#include <math.h>

#include <cstdint>

#include "kernels/chamfer/chamfer.h"
#include "kernels/cuda/warp.h"

namespace pyjetsim::cuda {

// --- A point set in memory, and a tile of it in shared memory.

constexpr int kTile = 128;  // points: 10 kB a block for float in three dimensions, 35 kB for double in eight

// Of a set: rows are counted in 32 bits, to the end of a tile that the last of them is in.
constexpr std::int64_t kMostPoints = INT32_MAX - kTile;

constexpr int padded(int dimension) { return dimension <= 2 ? dimension : dimension <= 4 ? 4 : 8; }

// Padded and aligned, so that it is read in as few and as wide loads as there are.
template <typename T, int D>
struct alignas(padded(D) * sizeof(T) < 16 ? padded(D) * sizeof(T) : 16) Point {
  T at[padded(D)];
};

// The point set of one jet. Batch arrays that are null stay so.
template <typename T, int D>
struct PointSet {
  const T* data;
  const bool* mask;
  std::int32_t size;

  __device__ PointSet(const T* batch_data, const bool* batch_mask, std::int64_t rows, std::int64_t jet)
      : data(batch_data + jet * rows * D), mask(of_jet(batch_mask, rows, jet)), size(static_cast<std::int32_t>(rows)) {}

  __device__ bool has(std::int32_t row) const { return row < size && (mask == nullptr || mask[row]); }

  __device__ Point<T, D> operator[](std::int32_t row) const {
    Point<T, D> point;
    for (int d = 0; d < D; ++d) point.at[d] = data[static_cast<std::int64_t>(row) * D + d];
    return point;
  }
};

// Infinities and NaN are the numbers that do not leave 0 when taken from themselves.
template <typename T, int D>
__device__ inline bool is_finite(const Point<T, D>& point) {
  bool finite = true;
  for (int d = 0; d < D; ++d) finite = finite && point.at[d] - point.at[d] == T(0);
  return finite;
}

template <typename T, int D>
__device__ inline void add_difference(const Point<T, D>& p, const Point<T, D>& q, T scale, Point<T, D>& sum) {
  for (int d = 0; d < D; ++d) sum.at[d] += scale * (p.at[d] - q.at[d]);
}

template <typename T, int D>
struct Tile {
  Point<T, D> points[kTile];
  std::int32_t labels[kTile];
};

template <typename T, int D>
using Tiles = Tile<T, D>[kWarpsPerBlock];

struct Loaded {
  int count;
  bool finite;  // of the points that this lane loaded
};

// Fills the tile with those of kTile rows from `first` on whose label is not negative, in their order, and syncs the
// warp before and after: before, because the other lanes may still be reading the last tile.
template <typename T, int D, typename Label>
__device__ inline Loaded load_tile(const PointSet<T, D>& set, std::int32_t first, Label label, Tile<T, D>& tile) {
  __syncwarp();
  Loaded loaded{0, true};
  for (int start = 0; start < kTile && first + start < set.size; start += kWarp) {
    const std::int32_t row = first + start + lane();
    const std::int32_t its_label = row < set.size ? label(row) : -1;
    const unsigned wanted = __ballot_sync(kAllLanes, its_label >= 0);
    if (its_label >= 0) {
      const int slot = loaded.count + __popc(wanted & ((1u << lane()) - 1));
      const Point<T, D> point = set[row];
      loaded.finite = loaded.finite && is_finite<T, D>(point);
      tile.points[slot] = point;
      tile.labels[slot] = its_label;
    }
    loaded.count += __popc(wanted);
  }
  __syncwarp();
  return loaded;
}

// --- From every point of one set to the nearest of another.

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

// --- The gradient of the Chamfer distance, gathered: each point looks for the points that it is nearest to. Points
// that sent theirs would need atomics, whose order is another one in every run.

// Label of the points whose nearest neighbour is a row of the other set: that row. What a caller wrote into the
// indices is not trusted to be one.
struct NearestRow {
  const std::int32_t* nearest;
  std::int32_t rows;

  __device__ std::int32_t operator()(std::int32_t row) const {
    const std::int32_t other = nearest[row];
    return other < rows ? other : -1;
  }
};

// Calls write(row, point, sum) for every row p of `to`, on the lane it falls to, with the sum of scale * (p - q) over
// its own nearest q and over all q in `from` whose nearest it is. Where there is none of these the sum is 0, whatever
// the scale: NaN from elsewhere must not reach masked rows.
template <typename T, int D, typename Write>
__device__ inline void gather_differences(const PointSet<T, D>& to, const std::int32_t* to_nearest,
                                          const PointSet<T, D>& from, const std::int32_t* from_nearest, T scale,
                                          Tile<T, D>& tile, Write write) {
  const NearestRow nearest_of_to{to_nearest, from.size}, nearest_of_from{from_nearest, to.size};
  for (std::int32_t first = 0; first < to.size; first += kWarp) {
    const std::int32_t row = first + lane();
    Point<T, D> point{}, sum{};
    if (row < to.size) {
      point = to[row];
      const std::int32_t other = nearest_of_to(row);
      if (other >= 0) add_difference(point, from[other], scale, sum);
    }
    for (std::int32_t start = 0; start < from.size; start += kTile) {
      const int count = load_tile(from, start, nearest_of_from, tile).count;
      for (int j = 0; j < count; ++j) {
        if (tile.labels[j] == row) add_difference(point, tile.points[j], scale, sum);
      }
    }
    if (row < to.size) write(row, point, sum);
  }
}

}  // namespace pyjetsim::cuda
