// Rational-quadratic splines as torch ops.
#pragma once

#include <tuple>

#include "kernels/spline/batch.h"
#include "pyjetsim/error.h"
#include "torch_ops/tensors.h"

namespace pyjetsim::torch_ops {

// Values (N) and parameters (N, 3 K - 1) of float32 or float64.
inline std::int64_t check_splines(const Tensor& values, const Tensor& parameters) {
  const auto type = values.scalar_type();
  if (type != torch::headeronly::ScalarType::Float && type != torch::headeronly::ScalarType::Double) {
    throw Error("values are neither float32 nor float64", "the kernels compute in these two",
                "convert them with .float() or .double()");
  }
  if (values.dim() != 1 || parameters.dim() != 2 || parameters.size(0) != values.size(0) ||
      parameters.size(1) % 3 != 2 || parameters.size(1) < 5 || parameters.scalar_type() != type) {
    throw Error("values and parameters do not fit each other", "each value has a row of 3 K - 1 parameters",
                "give values (N) and parameters (N, 3 K - 1) of one dtype, K at least 2");
  }
  return (parameters.size(1) + 1) / 3;
}

template <typename Device>
std::tuple<Tensor, Tensor> spline(const Tensor& values, const Tensor& parameters) {
  const std::int64_t bins = check_splines(values, parameters);
  const Tensor numbers = packed(values), rows = packed(parameters);
  Tensor results = torch::stable::new_empty(values, values.sizes());
  Tensor log_slopes = torch::stable::new_empty(values, values.sizes());
  by_type(values, [&](auto number) {
    using T = decltype(number);
    Device(values).run(
        SplineBatch<T>{values.size(0), bins, read<T>(numbers), read<T>(rows), write<T>(results), write<T>(log_slopes)});
  });
  return {results, log_slopes};
}

template <typename Device>
Tensor spline_inverse(const Tensor& values, const Tensor& parameters) {
  const std::int64_t bins = check_splines(values, parameters);
  const Tensor numbers = packed(values), rows = packed(parameters);
  Tensor results = torch::stable::new_empty(values, values.sizes());
  by_type(values, [&](auto number) {
    using T = decltype(number);
    Device(values).run_inverse(
        SplineBatch<T>{values.size(0), bins, read<T>(numbers), read<T>(rows), write<T>(results), nullptr});
  });
  return results;
}

template <typename Device>
std::tuple<Tensor, Tensor> spline_backward(const Tensor& grad_results, const Tensor& grad_log_slopes,
                                           const Tensor& values, const Tensor& parameters) {
  const std::int64_t bins = check_splines(values, parameters);
  check_shape("grad_results", grad_results, {values.size(0)}, values);
  check_shape("grad_log_slopes", grad_log_slopes, {values.size(0)}, values);
  const Tensor numbers = packed(values), rows = packed(parameters), of_results = packed(grad_results),
               of_logs = packed(grad_log_slopes);
  Tensor grad_values = torch::stable::new_empty(values, values.sizes());
  Tensor grad_parameters = torch::stable::new_empty(parameters, parameters.sizes());
  by_type(values, [&](auto number) {
    using T = decltype(number);
    Device(values).run(SplineGradient<T>{values.size(0), bins, read<T>(numbers), read<T>(rows), read<T>(of_results),
                                         read<T>(of_logs), write<T>(grad_values), write<T>(grad_parameters)});
  });
  return {grad_values, grad_parameters};
}

}  // namespace pyjetsim::torch_ops
