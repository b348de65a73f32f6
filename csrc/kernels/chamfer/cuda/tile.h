// A point set in memory, and a tile of it in shared memory.
#pragma once

#include <cstdint>

#include "kernels/cuda/warp.h"

namespace pyjetsim::cuda {

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

}  // namespace pyjetsim::cuda
