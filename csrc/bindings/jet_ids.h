// Arguments of Python that are read here where they are plain, and by Python itself, or refused by it, where they are
// not.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bindings/bindings.h"
#include "pyjetsim/noise.h"

namespace pyjetsim::bindings {

inline py::object python(const char* module, const char* function) {
  return py::module_::import(module).attr(function);
}

// An array as it is; nothing where it is of another type, order or alignment.
template <typename T>
std::optional<Array<T>> as_it_is(py::handle values) {
  if (!py::isinstance<Array<T>>(values)) return std::nullopt;
  const auto array = py::reinterpret_borrow<Array<T>>(values);
  constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & kAligned) == 0) return std::nullopt;
  return array;
}

// A whole number from 0 to 2^64 - 1; `name` is for the message.
std::uint64_t unsigned_of(const char* name, py::handle value);

// Ids of `jets` jets. `event`: None, a number, one for each jet, or an EventId; `jet`: None, a number, or one for
// each.
std::vector<JetId> ids_of(py::handle event, py::handle jet, std::uint64_t copy, std::size_t jets);

}  // namespace pyjetsim::bindings
