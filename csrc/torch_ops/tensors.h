// What every op demands of its tensors. Python checks first, with longer messages; these checks are for direct calls of
// the op.
#pragma once

#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>

#include <cstdint>
#include <optional>

namespace pyjetsim::torch_ops {

using torch::stable::Tensor;
using OptionalTensor = std::optional<Tensor>;

// Point sets (B, N, D) of float32 or float64, at most 2^24 points: kernels keep row numbers in floats.
void check_points(const char* name, const Tensor& points, std::int64_t dimension = 0);

// Both are on one device, of one dtype, batch and dimension.
void check_pair(const char* x_name, const Tensor& x, const char* y_name, const Tensor& y);

// Bool (B, N), on the device of its points.
void check_mask(const char* name, const OptionalTensor& mask, const Tensor& points);

// A tensor that an earlier op of ours returned has this shape.
void check_shape(const char* name, const Tensor& tensor, std::initializer_list<std::int64_t> shape, const Tensor& like);

// Row numbers (B, N), int32.
void check_rows(const char* name, const Tensor& rows, const Tensor& points);

// --- Tensors as the plain memory that kernels see.

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

// A gradient that is not needed is a tensor without elements.
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
