// What the files of the extension modules share: NumPy arrays as C++ takes them, errors as Python raises them, and one
// register function a topic.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>

#include "pyjetsim/error.h"
#include "pyjetsim/span.h"

namespace pyjetsim::bindings {

namespace py = pybind11;

// Contiguous, row-major; others are copied.
template <typename T>
using Array = py::array_t<T, py::array::c_style>;

// All numbers of an array, for as long as it lives.
template <typename T>
Span<const T> view(const Array<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

// Names of files need not be UTF-8: other bytes become what os.fsdecode makes of them.
py::str text(const std::string& bytes);

// Raises pyjetsim.errors.<kind> with the three parts of an Error.
[[noreturn]] void raise(const char* kind, const Error& error);

// Does the work without the interpreter's lock; an Error becomes pyjetsim.errors.<kind>.
template <typename Work>
auto without_lock(const char* kind, const Work& work) {
  try {
    const py::gil_scoped_release release;
    return work();
  } catch (const Error& error) {
    raise(kind, error);
  }
}

// Ctrl-C ends a long call, too. To be called without the lock.
void check_signals();

void register_hepmc(py::module_& module);
void register_simulator(py::module_& module);

}  // namespace pyjetsim::bindings
