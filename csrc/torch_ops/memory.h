// Tensors as the plain memory that kernels see.
#pragma once

#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>

#include <cstdint>
#include <optional>

#include "torch_ops/check.h"

namespace pyjetsim::torch_ops {

inline Tensor packed(const Tensor& tensor) {
  return tensor.is_contiguous() ? tensor : torch::stable::contiguous(tensor);
}

inline OptionalTensor packed(const OptionalTensor& tensor) {
  return tensor.has_value() ? OptionalTensor(packed(*tensor)) : std::nullopt;
}

template <typename T>
const T* read(const Tensor& tensor) {
  return static_cast<const T*>(tensor.const_data_ptr());
}

inline const bool* read_mask(const OptionalTensor& mask) { return mask.has_value() ? read<bool>(*mask) : nullptr; }

template <typename T>
T* write(const Tensor& tensor) {
  return static_cast<T*>(tensor.mutable_data_ptr());
}

inline Tensor new_rows(const Tensor& points) {
  return torch::stable::new_empty(points, {points.size(0), points.size(1)}, torch::headeronly::ScalarType::Int);
}

// A gradient that nobody wants is a tensor without elements.
inline Tensor new_gradient(const Tensor& points, bool wanted) {
  return wanted ? torch::stable::new_empty(points, points.sizes()) : torch::stable::new_empty(points, {0});
}

// Calls `run` with a number of the tensor's type.
template <typename Run>
void by_type(const Tensor& tensor, const Run& run) {
  if (tensor.scalar_type() == torch::headeronly::ScalarType::Float) {
    run(float{});
  } else {
    run(double{});
  }
}

}  // namespace pyjetsim::torch_ops
