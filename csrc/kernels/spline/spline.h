// Monotonic rational-quadratic splines (Durkan et al., arXiv:1906.04032, section 3.1): for a vector of numbers, each by
// a spline of its own. pyjetsim/models/flows/splines.py has the same in PyTorch, of zuko.
//
// A spline of K bins has 3 K - 1 parameters: unconstrained widths w, heights h and inner derivatives r. With
// soft(a, L) = a / (1 + |a / L|) and L = log kSplineSlope, bin k is softmax(soft(w, L / 2))_k of the width 2 B and
// softmax(soft(h, L / 2))_k of the height; knots between bins have the derivative exp(soft(r, L)), those at +-B have 1.
// Outside +-B it is the identity.
#pragma once

#include <stdint.h>

#include "kernels/arithmetic.h"
#include "kernels/cpu/functions.h"
#include "kernels/spline/batch.h"

namespace pyjetsim {

inline namespace PYJETSIM_FLAVOUR {

// --- exp and log of numbers of any precision.

template <typename V, typename Function>
inline V by_lane(V x, Function function) {
  typename V::Number lanes[V::kWidth];
  x.store(lanes);
  for (int k = 0; k < V::kWidth; ++k) lanes[k] = function(lanes[k]);
  return V::load(lanes);
}

template <typename V>
inline V spline_exponential(V x) {
  if constexpr (sizeof(typename V::Number) == sizeof(float)) {
    return exponential(x);
  } else {
    return by_lane(x, [](double a) { return exp(a); });
  }
}

template <typename V>
inline V spline_logarithm(V x) {
  if constexpr (sizeof(typename V::Number) == sizeof(float)) {
    return logarithm(x);
  } else {
    return by_lane(x, [](double a) { return log(a); });
  }
}

template <typename V>
inline V size_of(V x) {
  return maximum(x, V(typename V::Number(0)) - x);
}

// a / (1 + |a / L|), for L < 0.
template <typename V>
inline V softly_clipped(V a, double log_slope) {
  using T = typename V::Number;
  return a / (V(T(1)) + size_of(a) * V(T(-1 / log_slope)));
}

// --- The bin that a number is in.

template <typename V>
struct SplineBin {
  V inside;  // 1 or 0
  V number;  // of the bin, 0 to K - 1
  V x0, width, y0, height, d0, d1;
};

// Of the parameters at `vectors`, 3 K - 1 of them: exp(soft) of widths and heights, which replace them there, and
// what their sums are to be multiplied with.
template <typename V>
inline void spline_weights(typename V::Number* vectors, int64_t bins, V* scales) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int side = 0; side < 2; ++side) {
    V sum(T(0));
    for (int64_t k = 0; k < bins; ++k) {
      T* const at = vectors + (side * bins + k) * W;
      const V weight = spline_exponential(softly_clipped(V::load(at), kSplineLogSlope / 2));
      weight.store(at);
      sum = sum + weight;
    }
    scales[side] = V(T(2 * kSplineBound)) / sum;
  }
}

// After spline_weights. By its x, or, of the inverse, by its y.
template <typename V, bool inverse>
inline SplineBin<V> spline_bin(const typename V::Number* vectors, int64_t bins, const V* scales, V value) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  const V zero(T(0)), one(T(1)), bound{T(kSplineBound)};
  SplineBin<V> bin;
  V x = zero - bound, y = zero - bound, raw = zero, raw0 = zero, raw1 = zero;
  bin.x0 = x;
  bin.y0 = y;
  bin.width = bin.height = one;
  bin.number = zero;
  for (int64_t k = 0; k < bins; ++k) {
    const V width = V::load(vectors + k * W) * scales[0], height = V::load(vectors + (bins + k) * W) * scales[1];
    const V next = k + 1 < bins ? V::load(vectors + (2 * bins + k) * W) : zero;
    const auto begun = (inverse ? y : x) < value;
    bin.x0 = select(begun, x, bin.x0);
    bin.y0 = select(begun, y, bin.y0);
    bin.width = select(begun, width, bin.width);
    bin.height = select(begun, height, bin.height);
    bin.number = select(begun, V(T(k)), bin.number);
    raw0 = select(begun, raw, raw0);
    raw1 = select(begun, next, raw1);
    x = x + width;
    y = y + height;
    raw = next;
  }
  bin.inside = select(zero - bound < value, select((inverse ? y : x) < value, zero, one), zero);
  bin.d0 = spline_exponential(softly_clipped(raw0, kSplineLogSlope));
  bin.d1 = spline_exponential(softly_clipped(raw1, kSplineLogSlope));
  return bin;
}

// --- The spline inside its bin.

template <typename V>
inline V spline_value(const SplineBin<V>& bin, V value, V* log_slope) {
  using T = typename V::Number;
  const V one(T(1)), two(T(2));
  const auto inside = bin.inside > V(T(0));
  const V slope = bin.height / bin.width;
  const V z = select(inside, (value - bin.x0) / bin.width, V(T(0)));
  const V rest = one - z, q = z * rest;
  const V below = slope + (bin.d0 + bin.d1 - two * slope) * q;
  if (log_slope != nullptr) {
    const V above = two * slope * q + bin.d0 * rest * rest + bin.d1 * z * z;
    const V ratio = slope / below;
    *log_slope = select(inside, spline_logarithm(ratio * ratio * above), V(T(0)));
  }
  const V result = bin.y0 + bin.height * (slope * z * z + bin.d0 * q) / below;
  return select(inside, result, value);
}

template <typename V>
inline V spline_inverse_value(const SplineBin<V>& bin, V value) {
  using T = typename V::Number;
  const V zero(T(0));
  const auto inside = bin.inside > zero;
  const V slope = bin.height / bin.width;
  const V above = select(inside, value - bin.y0, zero);
  const V bend = above * (bin.d0 + bin.d1 - V(T(2)) * slope);
  const V a = bin.height * (slope - bin.d0) + bend, b = bin.height * bin.d0 - bend, c = zero - slope * above;
  // Never negative but by rounding.
  const V root = square_root(maximum(b * b - V(T(4)) * a * c, zero));
  const V part = V(T(2)) * c / (zero - b - root);
  return select(inside, bin.x0 + part * bin.width, value);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
