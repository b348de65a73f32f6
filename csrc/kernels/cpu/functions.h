// Functions of floats in lanes of any width, the same bits in all of them: every step is one that IEEE 754 rounds once.
// Good to two or three units of the last place where their arguments are said to be; coefficients of Cephes.
#pragma once

#include "kernels/arithmetic.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// c[0] x^(n-1) + ... + c[n-1].
template <typename V, int n>
inline V polynomial(V x, const float (&c)[n]) {
  V sum(c[0]);
  for (int i = 1; i < n; ++i) sum = fused_multiply_add(sum, x, V(c[i]));
  return sum;
}

// To the nearest whole number, halves to even, and down. |x| < 2^22.
template <typename V>
inline V rounded(V x) {
  const V shift(12582912.0f);
  return (x + shift) - shift;
}
template <typename V>
inline V floored(V x) {
  const V near = rounded(x);
  return near - select(near > x, V(1.0f), V(0.0f));
}

template <typename V>
inline V clamped(V x, float low, float high) {
  return minimum(maximum(x, V(low)), V(high));
}

// -1, 0 or 1.
template <typename V>
inline V sign(V x) {
  return select(x > V(0.0f), V(1.0f), select(x < V(0.0f), V(-1.0f), V(0.0f)));
}

// At least 2^-126 and at most 2^127.5 about: it neither vanishes nor overflows.
template <typename V>
inline V exponential(V x) {
  static constexpr float kCoefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                            4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  x = clamped(x, -87.3f, 88.3f);
  const V n = rounded(x * V(1.44269504088896341f));
  V r = fused_multiply_add(n, V(-0.693359375f), x);
  r = fused_multiply_add(n, V(2.12194440e-4f), r);
  const V one_more = fused_multiply_add(polynomial(r, kCoefficients), r * r, r);
  return (one_more + V(1.0f)) * power_of_two(n);
}

// Of positive normal numbers.
template <typename V>
inline V logarithm(V x) {
  static constexpr float kCoefficients[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                                            -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                                            2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  V e = exponent(x), m = mantissa(x);
  const auto large = m > V(1.41421356f);
  m = select(large, m * V(0.5f), m) - V(1.0f);
  e = select(large, e + V(1.0f), e);
  const V z = m * m;
  V y = polynomial(m, kCoefficients) * (m * z);
  y = fused_multiply_add(e, V(-2.12194440e-4f), y);
  y = fused_multiply_add(z, V(-0.5f), y);
  return fused_multiply_add(e, V(0.693359375f), m + y);
}

// log(1 + x), x >= 0.
template <typename V>
inline V logarithm_of_more(V x) {
  const V more = x + V(1.0f);
  return logarithm(more) + (x - (more - V(1.0f))) / more;
}

template <typename V>
inline V logistic(V x) {
  return V(1.0f) / (V(1.0f) + exponential(V(0.0f) - x));
}

template <typename V>
inline V silu(V x) {
  return x / (V(1.0f) + exponential(V(0.0f) - x));
}

template <typename V>
inline V hyperbolic_tangent(V x) {
  static constexpr float kCoefficients[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                                            1.33314422036e-1f, -3.33332819422e-1f};
  const V size = absolute(x), z = x * x;
  const V near = fused_multiply_add(polynomial(z, kCoefficients) * z, size, size);
  const V far = V(1.0f) - V(2.0f) / (exponential(size + size) + V(1.0f));
  return with_sign(select(size < V(0.625f), near, far), x);
}

template <typename V>
struct SineAndCosine {
  V sine, cosine;
};

// |x| < 10^6; beyond, some numbers from -1 to 1.
template <typename V>
inline SineAndCosine<V> sine_and_cosine(V x) {
  static constexpr float kSine[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
  static constexpr float kCosine[] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
  const auto without_quarters = [](V number, V angle) {  // pi/2 in two parts
    angle = fused_multiply_add(number, V(-1.57079637050628662109375f), angle);
    return fused_multiply_add(number, V(4.37113900018624283e-8f), angle);
  };
  // Twice: of large angles the first number is not always the nearest.
  V n = rounded(clamped(x * V(0.636619772367581343f), -4.0e6f, 4.0e6f));
  V r = without_quarters(n, x);
  const V more = rounded(clamped(r * V(0.636619772367581343f), -2.0f, 2.0f));
  n = n + more;
  r = without_quarters(more, r);
  r = clamped(r, -0.8f, 0.8f);
  const V z = r * r;
  const V near_sine = fused_multiply_add(polynomial(z, kSine) * z, r, r);
  const V near_cosine = fused_multiply_add(polynomial(z, kCosine), z * z, fused_multiply_add(z, V(-0.5f), V(1.0f)));
  const V quarter = n - V(4.0f) * floored(n * V(0.25f));
  const V odd = quarter - V(2.0f) * floored(quarter * V(0.5f));
  const auto swap = odd > V(0.5f);
  const V sine = select(swap, near_cosine, near_sine), cosine = select(swap, near_sine, near_cosine);
  const auto below = quarter > V(1.5f);
  const V between = absolute(quarter - V(1.5f));
  return {select(below, V(0.0f) - sine, sine), select(between < V(1.0f), V(0.0f) - cosine, cosine)};
}

// 0 <= x <= 1.
template <typename V>
inline V arc_sine(V x) {
  static constexpr float kCoefficients[] = {4.2163199048e-2f, 2.4181311049e-2f, 4.5470025998e-2f, 7.4953002686e-2f,
                                            1.6666752422e-1f};
  const auto large = x > V(0.5f);
  const V half = V(0.5f) * (V(1.0f) - x);
  const V z = select(large, half, x * x), y = select(large, square_root(half), x);
  const V angle = fused_multiply_add(polynomial(z, kCoefficients) * z, y, y);
  return select(large, V(1.57079632679489662f) - (angle + angle), angle);
}

// The angle of (x, y), from -pi to pi.
template <typename V>
inline V arc_tangent(V y, V x) {
  static constexpr float kCoefficients[] = {8.05374449538e-2f, -1.38776856032e-1f, 1.99777106478e-1f,
                                            -3.33329491539e-1f};
  const V width = absolute(x), height = absolute(y);
  const V ratio = minimum(height, width) / maximum(maximum(height, width), V(1.17549435e-38f));
  const auto large = ratio > V(0.414213562373f);
  const V t = select(large, (ratio - V(1.0f)) / (ratio + V(1.0f)), ratio);
  const V z = t * t;
  V angle = fused_multiply_add(polynomial(z, kCoefficients) * z, t, t);
  angle = select(large, angle + V(0.785398163397448310f), angle);
  angle = select(height > width, V(1.57079632679489662f) - angle, angle);
  angle = select(x < V(0.0f), V(3.14159265358979324f) - angle, angle);
  return with_sign(angle, y);
}

// The inverse of the hyperbolic sine; of numbers beyond 10^15 that of 10^15.
template <typename V>
inline V inverse_hyperbolic_sine(V x) {
  const V size = minimum(absolute(x), V(1e15f)), square = size * size;
  const V more = size + square / (V(1.0f) + square_root(V(1.0f) + square));
  return with_sign(logarithm_of_more(more), x);
}

template <typename V>
inline V hyperbolic_sine(V x) {
  static constexpr float kCoefficients[] = {2.03721912945e-4f, 8.33028376239e-3f, 1.66667160211e-1f};
  const V size = absolute(x), z = x * x;
  const V near = fused_multiply_add(polynomial(z, kCoefficients) * z, size, size);
  const V grown = exponential(size);
  return with_sign(select(size < V(1.0f), near, V(0.5f) * (grown - V(1.0f) / grown)), x);
}

template <typename V>
inline V hyperbolic_cosine(V x) {
  const V grown = exponential(absolute(x));
  return V(0.5f) * (grown + V(1.0f) / grown);
}

// The error function.
template <typename V>
inline V error_function(V x) {
  static constexpr float kNear[] = {7.853861353153693e-5f,  -8.010193625184903e-4f, 5.188327685732524e-3f,
                                    -2.685381193529856e-2f, 1.128358514861418e-1f,  -3.761262582423300e-1f,
                                    1.128379165726710e+0f};
  static constexpr float kMiddle[] = {2.326819970068386e-2f,  -1.387039388740657e-1f, 3.687424674597105e-1f,
                                      -5.824733027278666e-1f, 6.210004621745983e-1f,  -4.944515323274145e-1f,
                                      3.404879937665872e-1f,  -2.741127028184656e-1f, 5.638259427386472e-1f};
  static constexpr float kFar[] = {-1.047766399936249e+1f, 1.297719955372516e+1f,  -7.495518717768503e+0f,
                                   2.921019019210786e+0f,  -1.015265279202700e+0f, 4.218463358204948e-1f,
                                   -2.820767439740514e-1f, 5.641895067754075e-1f};
  const V size = minimum(absolute(x), V(9.0f)), z = size * size;
  const V near = size * polynomial(z, kNear);
  const V inverse = V(1.0f) / maximum(size, V(1.0f)), y = inverse * inverse;
  const V part = select(size < V(2.0f), polynomial(y, kMiddle), polynomial(y, kFar));
  const V far = V(1.0f) - exponential(V(0.0f) - z) * inverse * part;
  return with_sign(select(size < V(1.0f), near, far), x);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
