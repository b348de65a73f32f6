// What the kernels of splines are given; the formulas are in spline.h.
#pragma once

#include <cstdint>

namespace pyjetsim {

constexpr double kSplineBound = 5.0, kSplineLogSlope = -6.907755278982137;  // log(1e-3)

// Every set of instructions has its own.
static constexpr std::int64_t spline_parameters(std::int64_t bins) { return 3 * bins - 1; }

// `count` numbers, each with a row of parameters. `log_slopes` may be null.
template <typename T>
struct SplineBatch {
  std::int64_t batch, bins;
  const T* values;
  const T* parameters;
  T* results;
  T* log_slopes;  // of the spline's derivatives; not of the inverse
};

template <typename T>
struct SplineGradient {
  std::int64_t batch, bins;
  const T* values;
  const T* parameters;
  const T* grad_results;
  const T* grad_log_slopes;
  T* grad_values;
  T* grad_parameters;
};

}  // namespace pyjetsim
