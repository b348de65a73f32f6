// The gradient of the Chamfer distance, gathered: each point looks for the points that it is nearest to. Points that
// sent theirs would need atomics, whose order is another one in every run.
#pragma once

#include "kernels/chamfer/cuda/tile.h"

namespace pyjetsim::cuda {

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
