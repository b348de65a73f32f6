// The constituents of one jet, and their sums.
#pragma once

#include "kernels/cuda/warp.h"
#include "kernels/kinematics/kinematics.h"

namespace pyjetsim::cuda {

template <typename T>
struct Constituents {
  const T* data;
  const bool* mask;
  std::int64_t size;

  __device__ Constituents(const T* batch_data, const bool* batch_mask, std::int64_t rows, std::int64_t jet)
      : data(of_jet(batch_data, 3 * rows, jet)), mask(of_jet(batch_mask, rows, jet)), size(rows) {}

  __device__ bool has(std::int64_t row) const { return mask == nullptr || mask[row]; }

  __device__ Momentum<T> operator[](std::int64_t row) const {
    return {data[3 * row], data[3 * row + 1], data[3 * row + 2]};
  }
};

template <typename T>
struct JetSums {
  Momentum<T> total;
  T energy, pt, mass;
};

// Of every constituent, in every lane.
template <typename T>
__device__ inline JetSums<T> sums_of_jet(const Constituents<T>& constituents) {
  Momentum<T> total{0, 0, 0};
  for (std::int64_t row = lane(); row < constituents.size; row += kWarp) {
    if (!constituents.has(row)) continue;
    const Momentum<T> p = constituents[row];
    total = {total.x + p.x, total.y + p.y, total.z + p.z};
  }
  total = {warp_sum(total.x), warp_sum(total.y), warp_sum(total.z)};
  const T length = magnitude(total);
  const Momentum<T> axis = jet_axis(total, length);
  T excess = 0;
  for (std::int64_t row = lane(); row < constituents.size; row += kWarp) {
    if (constituents.has(row)) excess += energy_excess(constituents[row], axis);
  }
  excess = warp_sum(excess);
  return {total, length + excess, square_root(multiply_add(total.x, total.x, total.y * total.y)),
          mass_from_excess(excess, length)};
}

// The direction of a constituent; 0 for one at rest, which has none.
template <typename T>
__device__ inline Momentum<T> unit_vector(const Momentum<T>& p) {
  return direction(p, magnitude(p), {T(0), T(0), T(0)});
}

// --- Gradients of pt, pseudorapidity and azimuth at a jet's momentum: 0 where pt is 0 and they have none.

template <typename T>
__device__ inline Momentum<T> pt_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  return {total.x / pt, total.y / pt, T(0)};
}

// Along the beam 1 / |P|, across it -pz / (pt |P|).
template <typename T>
__device__ inline Momentum<T> pseudorapidity_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  const T along = 1 / magnitude(total);
  const T across = -total.z * along / pt;
  return {across * (total.x / pt), across * (total.y / pt), along};
}

template <typename T>
__device__ inline Momentum<T> azimuth_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  return {-total.y / pt / pt, total.x / pt / pt, T(0)};
}

}  // namespace pyjetsim::cuda
