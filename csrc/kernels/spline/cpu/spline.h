// Splines of a batch of numbers and their gradients, one number a lane.
#pragma once

#include "kernels/cpu/memory.h"
#include "kernels/cpu/vectors.h"
#include "kernels/spline/spline.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
inline V load_numbers(const typename V::Number* from, int n) {
  typename V::Number lanes[V::kWidth];
  for (int k = 0; k < V::kWidth; ++k) lanes[k] = from[k < n ? k : n - 1];
  return V::load(lanes);
}

template <typename V>
inline void store_numbers(V vector, int n, typename V::Number* to) {
  typename V::Number lanes[V::kWidth];
  vector.store(lanes);
  for (int k = 0; k < n; ++k) to[k] = lanes[k];
}

template <typename V, bool inverse>
inline void splines_of(const SplineBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  const int64_t size = spline_parameters(batch.bins);
  Arena arena(Arena::padded<T>(size * W));
  T* const vectors = arena.take<T>(size * W);
  for (int64_t first = begin; first < end; first += W) {
    const int n = static_cast<int>(end - first < W ? end - first : W);
    load_transposed<V>(JetRows<V, const T>(batch.parameters + first * size, size, n), size, vectors);
    const V value = load_numbers<V>(batch.values + first, n);
    V scales[2];
    spline_weights<V>(vectors, batch.bins, scales);
    const SplineBin<V> bin = spline_bin<V, inverse>(vectors, batch.bins, scales, value);
    if constexpr (inverse) {
      store_numbers<V>(spline_inverse_value(bin, value), n, batch.results + first);
    } else {
      V log_slope;
      store_numbers<V>(spline_value(bin, value, &log_slope), n, batch.results + first);
      store_numbers<V>(log_slope, n, batch.log_slopes + first);
    }
  }
}

template <typename V>
inline void spline_forward(const SplineBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  splines_of<V, false>(batch, begin, end);
}

template <typename V>
inline void spline_inverse(const SplineBatch<typename V::Number>& batch, int64_t begin, int64_t end) {
  splines_of<V, true>(batch, begin, end);
}

// With z the place in the bin, q = z (1 - z), s the bin's slope,
//   n = s z^2 + d0 q,  d = s + (d0 + d1 - 2 s) q,  m = 2 s q + d0 (1 - z)^2 + d1 z^2,
//   result = y0 + height n / d,  log slope = 2 log s + log m - 2 log d,
// and back from there.
template <typename V>
inline void spline_backward(const SplineGradient<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  const int64_t bins = batch.bins, size = spline_parameters(bins);
  const V zero(T(0)), one(T(1)), two(T(2));
  Arena arena(2 * Arena::padded<T>(size * W));
  T* const raw = arena.take<T>(size * W);
  T* const weights = arena.take<T>(size * W);
  for (int64_t first = begin; first < end; first += W) {
    const int n = static_cast<int>(end - first < W ? end - first : W);
    load_transposed<V>(JetRows<V, const T>(batch.parameters + first * size, size, n), size, raw);
    for (int64_t i = 0; i < size * W; ++i) weights[i] = raw[i];
    const V value = load_numbers<V>(batch.values + first, n);
    V scales[2];
    spline_weights<V>(weights, bins, scales);
    const SplineBin<V> bin = spline_bin<V, false>(weights, bins, scales, value);
    const auto inside = bin.inside > zero;
    const V of_result = load_numbers<V>(batch.grad_results + first, n);
    const V of_log = load_numbers<V>(batch.grad_log_slopes + first, n);
    const V d0 = bin.d0, d1 = bin.d1, s = bin.height / bin.width;
    const V z = select(inside, (value - bin.x0) / bin.width, zero), rest = one - z, q = z * rest;
    const V bend = d0 + d1 - two * s;
    const V num = s * z * z + d0 * q, den = s + bend * q, m = two * s * q + d0 * rest * rest + d1 * z * z;
    const V of_num = of_result * bin.height / den;
    const V of_den = zero - (of_num * num + two * of_log) / den;
    const V of_m = of_log / m;
    const V of_q = of_num * d0 + of_den * bend + of_m * two * s;
    const V of_z = two * (of_num * s * z + of_m * (d1 * z - d0 * rest)) + of_q * (one - two * z);
    const V of_s = two * of_log / s + of_num * z * z + of_den * (one - two * q) + of_m * two * q;
    const V of_d0 = (of_num + of_den) * q + of_m * rest * rest;
    const V of_d1 = of_den * q + of_m * z * z;
    const V of_height = of_result * num / den + of_s / bin.width;
    const V of_width = zero - (of_s * s + of_z * z) / bin.width;
    const V of_x = of_z / bin.width;
    store_numbers<V>(select(inside, of_x, of_result), n, batch.grad_values + first);

    // Bins before this one move its corner, itself its size; then back through the softmax.
    for (int side = 0; side < 2; ++side) {
      const V of_corner = select(inside, side == 0 ? zero - of_x : of_result, zero);
      const V of_own = select(inside, side == 0 ? of_width : of_height, zero);
      const auto of_size = [&](int64_t k) {
        const V at{T(k)};
        return select(at < bin.number, of_corner, select(at == bin.number, of_own, zero));
      };
      V mean = zero;
      for (int64_t k = 0; k < bins; ++k) {
        mean = multiply_add(V::load(weights + (side * bins + k) * W) * scales[side], of_size(k), mean);
      }
      mean = mean * V(T(1 / (2 * kSplineBound)));
      for (int64_t k = 0; k < bins; ++k) {
        const int64_t at = (side * bins + k) * W;
        const V clip = one + size_of(V::load(raw + at)) * V(T(-2 / kSplineLogSlope));
        (V::load(weights + at) * scales[side] * (of_size(k) - mean) / (clip * clip)).store(weights + at);
      }
    }
    for (int64_t k = 0; k + 1 < bins; ++k) {
      const int64_t at = (2 * bins + k) * W;
      const V left{T(k)}, right{T(k + 1)};  // the bins beside the knot
      const V of_derivative =
          select(inside, select(left == bin.number, of_d1 * d1, select(right == bin.number, of_d0 * d0, zero)), zero);
      const V clip = one + size_of(V::load(raw + at)) * V(T(-1 / kSplineLogSlope));
      (of_derivative / (clip * clip)).store(weights + at);
    }
    store_transposed<V>(weights, size, n, JetRows<V, T>(batch.grad_parameters + first * size, size, n));
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
