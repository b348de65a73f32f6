#include "torch_ops/tensors.h"

#include <string>

#include "kernels/spans.h"
#include "pyjetsim/error.h"

namespace pyjetsim::torch_ops {
namespace {

using torch::headeronly::ScalarType;

std::string shape_of(const Tensor& tensor) {
  std::string shape = "(";
  for (std::int64_t d = 0; d < tensor.dim(); ++d) shape += (d == 0 ? "" : ", ") + std::to_string(tensor.size(d));
  return shape + ")";
}

bool same_device(const Tensor& a, const Tensor& b) { return a.device() == b.device(); }

}  // namespace

void check_points(const char* name, const Tensor& points, std::int64_t dimension) {
  constexpr std::int64_t kMostDimensions = 8;
  const bool shaped = points.dim() == 3 && (dimension == 0 ? points.size(2) >= 1 && points.size(2) <= kMostDimensions
                                                           : points.size(2) == dimension);
  if (!shaped) {
    throw Error(std::string(name) + " has shape " + shape_of(points), "the kernel reads (batch, points, dimension)",
                dimension == 0 ? "give 1 to 8 dimensions" : "give px, py, pz");
  }
  if (points.size(1) > kMostPoints) {
    throw Error(std::string(name) + " has " + std::to_string(points.size(1)) + " points a set",
                "rows are counted to " + std::to_string(kMostPoints), "split the sets");
  }
  const ScalarType type = points.scalar_type();
  if (type != ScalarType::Float && type != ScalarType::Double) {
    throw Error(std::string(name) + " is neither float32 nor float64", "the kernels compute in these two",
                "convert it with .float() or .double()");
  }
}

void check_pair(const char* x_name, const Tensor& x, const char* y_name, const Tensor& y) {
  const std::string both = std::string(x_name) + " and " + y_name;
  if (x.size(0) != y.size(0) || x.size(2) != y.size(2)) {
    throw Error(both + " have shapes " + shape_of(x) + " and " + shape_of(y), "they are compared jet by jet",
                "give both the same batch and dimension");
  }
  if (x.scalar_type() != y.scalar_type() || !same_device(x, y)) {
    throw Error(both + " differ in dtype or device", "a kernel reads both", "convert one with .to(the other)");
  }
}

void check_mask(const char* name, const OptionalTensor& mask, const Tensor& points) {
  if (!mask.has_value()) return;
  if (mask->scalar_type() != ScalarType::Bool || mask->dim() != 2 || mask->size(0) != points.size(0) ||
      mask->size(1) != points.size(1) || !same_device(*mask, points)) {
    throw Error(std::string(name) + " of shape " + shape_of(*mask) + " does not fit points " + shape_of(points),
                "it says of every row whether it is a point", "give a bool tensor (batch, points) on the same device");
  }
}

void check_shape(const char* name, const Tensor& tensor, std::initializer_list<std::int64_t> shape,
                 const Tensor& like) {
  bool fits = tensor.dim() == static_cast<std::int64_t>(shape.size()) && tensor.scalar_type() == like.scalar_type() &&
              same_device(tensor, like);
  std::int64_t d = 0;
  for (const std::int64_t size : shape) {
    fits = fits && tensor.size(d) == size;
    ++d;
  }
  if (!fits) {
    throw Error(std::string(name) + " has shape " + shape_of(tensor) + " or another dtype or device",
                "it belongs to another call", "pass what the forward op returned");
  }
}

void check_rows(const char* name, const Tensor& rows, const Tensor& points) {
  if (rows.scalar_type() != ScalarType::Int || rows.dim() != 2 || rows.size(0) != points.size(0) ||
      rows.size(1) != points.size(1) || !same_device(rows, points)) {
    throw Error(std::string(name) + " of shape " + shape_of(rows) + " does not fit points " + shape_of(points),
                "it belongs to another call", "pass what the forward op returned");
  }
}

}  // namespace pyjetsim::torch_ops
