// Squared distance between two points, for a number or for a vector of numbers.
#pragma once

#include "kernels/arithmetic.h"
#include "kernels/host_device.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

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
