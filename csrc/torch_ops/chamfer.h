// The Chamfer distance as torch ops.
#pragma once

#include <tuple>

#include "kernels/chamfer/chamfer.h"
#include "torch_ops/tensors.h"

namespace pyjetsim::torch_ops {

template <typename Device>
void run_chamfer(const Tensor& x, const Tensor& y, const OptionalTensor& x_mask, const OptionalTensor& y_mask,
                 const Tensor& distance, const Tensor* x_nearest, const Tensor* y_nearest) {
  const Tensor xs = packed(x), ys = packed(y);
  const OptionalTensor x_rows = packed(x_mask), y_rows = packed(y_mask);
  by_type(x, [&](auto number) {
    using T = decltype(number);
    Device(x).run(ChamferBatch<T>{x.size(0), x.size(1), y.size(1), x.size(2), read<T>(xs), read<T>(ys),
                                  read_mask(x_rows), read_mask(y_rows), write<T>(distance),
                                  x_nearest == nullptr ? nullptr : write<std::int32_t>(*x_nearest),
                                  y_nearest == nullptr ? nullptr : write<std::int32_t>(*y_nearest)});
  });
}

inline void check_chamfer(const Tensor& x, const Tensor& y, const OptionalTensor& x_mask,
                          const OptionalTensor& y_mask) {
  check_points("x", x);
  check_points("y", y);
  check_pair("x", x, "y", y);
  check_mask("x_mask", x_mask, x);
  check_mask("y_mask", y_mask, y);
}

template <typename Device>
Tensor chamfer_distance(const Tensor& x, const Tensor& y, const OptionalTensor& x_mask, const OptionalTensor& y_mask) {
  check_chamfer(x, y, x_mask, y_mask);
  Tensor distance = torch::stable::new_empty(x, {x.size(0)});
  run_chamfer<Device>(x, y, x_mask, y_mask, distance, nullptr, nullptr);
  return distance;
}

template <typename Device>
std::tuple<Tensor, Tensor, Tensor> chamfer_nearest(const Tensor& x, const Tensor& y, const OptionalTensor& x_mask,
                                                   const OptionalTensor& y_mask) {
  check_chamfer(x, y, x_mask, y_mask);
  Tensor distance = torch::stable::new_empty(x, {x.size(0)});
  Tensor x_nearest = new_rows(x), y_nearest = new_rows(y);
  run_chamfer<Device>(x, y, x_mask, y_mask, distance, &x_nearest, &y_nearest);
  return {distance, x_nearest, y_nearest};
}

template <typename Device>
std::tuple<Tensor, Tensor> chamfer_backward(const Tensor& grad_distance, const Tensor& x, const Tensor& y,
                                            const Tensor& x_nearest, const Tensor& y_nearest, bool x_wanted,
                                            bool y_wanted) {
  check_chamfer(x, y, std::nullopt, std::nullopt);
  check_shape("grad_distance", grad_distance, {x.size(0)}, x);
  check_rows("x_nearest", x_nearest, x);
  check_rows("y_nearest", y_nearest, y);
  const Tensor grad = packed(grad_distance), xs = packed(x), ys = packed(y);
  const Tensor x_rows = packed(x_nearest), y_rows = packed(y_nearest);
  Tensor grad_x = new_gradient(x, x_wanted), grad_y = new_gradient(y, y_wanted);
  by_type(x, [&](auto number) {
    using T = decltype(number);
    Device(x).run(ChamferGradient<T>{x.size(0), x.size(1), y.size(1), x.size(2), read<T>(xs), read<T>(ys),
                                     read<std::int32_t>(x_rows), read<std::int32_t>(y_rows), read<T>(grad),
                                     x_wanted ? write<T>(grad_x) : nullptr, y_wanted ? write<T>(grad_y) : nullptr});
  });
  return {grad_x, grad_y};
}

}  // namespace pyjetsim::torch_ops
