// What a Chamfer kernel reads and writes, on any device.
#pragma once

#include <cstdint>

#include "kernels/arithmetic.h"

namespace pyjetsim {

// A batch of pairs of point sets, row-major: x (batch, n, dimension), y (batch, m, dimension).
// Masks are (batch, n) and (batch, m), true for points; null means that every row is a point.
template <typename T>
struct ChamferBatch {
  std::int64_t batch, n, m;
  std::int64_t dimension;  // 1 to 8
  const T* x;
  const T* y;
  const bool* x_mask;
  const bool* y_mask;
  T* distance;              // (batch,)
  std::int32_t* x_nearest;  // (batch, n): row of the nearest point of y, -1 where there is none
  std::int32_t* y_nearest;  // (batch, m): row of the nearest point of x; both null: not wanted
};

// The gradient of the distances with the nearest points held, times grad_distance.
template <typename T>
struct ChamferGradient {
  std::int64_t batch, n, m;
  std::int64_t dimension;
  const T* x;
  const T* y;
  const std::int32_t* x_nearest;
  const std::int32_t* y_nearest;
  const T* grad_distance;  // (batch,)
  T* grad_x;               // (batch, n, dimension), null if not wanted
  T* grad_y;               // (batch, m, dimension), null if not wanted
};

inline namespace PYJETSIM_FLAVOUR {

// --- Squared distance between two points, for a number or for a vector of numbers.

// Differences first: |p|^2 + |q|^2 - 2 p.q loses every digit between close points far from the origin, and can be
// negative.
template <int Dimension, typename V>
PYJETSIM_HOST_DEVICE inline V squared_distance(const V* p, const V* q) {
  const V first = p[0] - q[0];
  V sum = first * first;
  for (int d = 1; d < Dimension; ++d) {
    const V difference = p[d] - q[d];
    sum = multiply_add(difference, difference, sum);
  }
  return sum;
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
