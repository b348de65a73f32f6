// Gradient of Chamfer distances from the rows of the nearest points: one pass over the points of each set.
#pragma once

#include <stdint.h>
#include <string.h>

#include "kernels/chamfer/chamfer.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Adds to the gradients what the distances from `query` to their nearest points contribute. Either may be null. Rows
// that do not exist are passed over: they may come from anywhere.
template <typename T>
inline void add_gradient(const T* query, const T* other, const int32_t* nearest, int64_t n, int64_t n_other,
                         int64_t dimension, T weight, T* grad_query, T* grad_other) {
  for (int64_t i = 0; i < n; ++i) {
    if (nearest[i] < 0 || nearest[i] >= n_other) continue;
    const int64_t j = nearest[i] * dimension;
    for (int64_t d = 0; d < dimension; ++d) {
      const T slope = weight * (query[i * dimension + d] - other[j + d]);
      if (grad_query != nullptr) grad_query[i * dimension + d] += slope;
      if (grad_other != nullptr) grad_other[j + d] -= slope;
    }
  }
}

// Adds one jet's gradient, `weight` times that of its distance.
template <typename T>
inline void add_chamfer_gradient(const T* x, const T* y, const int32_t* x_nearest, const int32_t* y_nearest, int64_t n,
                                 int64_t m, int64_t dimension, T weight, T* grad_x, T* grad_y) {
  const T twice = weight + weight;
  if (dimension == 3) {  // a constant the compiler can unroll by
    add_gradient<T>(x, y, x_nearest, n, m, 3, twice, grad_x, grad_y);
    add_gradient<T>(y, x, y_nearest, m, n, 3, twice, grad_y, grad_x);
  } else {
    add_gradient<T>(x, y, x_nearest, n, m, dimension, twice, grad_x, grad_y);
    add_gradient<T>(y, x, y_nearest, m, n, dimension, twice, grad_y, grad_x);
  }
}

template <typename V>
inline void chamfer_backward(const ChamferGradient<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  const int64_t x_size = batch.n * batch.dimension, y_size = batch.m * batch.dimension;
  for (int64_t jet = begin; jet < end; ++jet) {
    T* grad_x = batch.grad_x == nullptr ? nullptr : batch.grad_x + jet * x_size;
    T* grad_y = batch.grad_y == nullptr ? nullptr : batch.grad_y + jet * y_size;
    if (grad_x != nullptr) memset(grad_x, 0, static_cast<unsigned long>(x_size) * sizeof(T));
    if (grad_y != nullptr) memset(grad_y, 0, static_cast<unsigned long>(y_size) * sizeof(T));
    add_chamfer_gradient(batch.x + jet * x_size, batch.y + jet * y_size, batch.x_nearest + jet * batch.n,
                         batch.y_nearest + jet * batch.m, batch.n, batch.m, batch.dimension, batch.grad_distance[jet],
                         grad_x, grad_y);
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
