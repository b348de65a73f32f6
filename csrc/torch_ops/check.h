// What every op demands of its tensors. Python checks first and says more; this holds for those who call the op itself.
#pragma once

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

}  // namespace pyjetsim::torch_ops
