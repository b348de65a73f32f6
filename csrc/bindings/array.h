// NumPy arrays as C++ takes them.
#pragma once

#include <pybind11/numpy.h>

#include "pyjetsim/span.h"

namespace pyjetsim::bindings {

// Contiguous, row-major; others are copied.
template <typename T>
using Array = pybind11::array_t<T, pybind11::array::c_style>;

// All numbers of an array, for as long as it lives.
template <typename T>
Span<const T> view(const Array<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

}  // namespace pyjetsim::bindings
