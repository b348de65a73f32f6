#include "pyjetsim/kinematics.h"

#include <vector>

#include "array.h"
#include "bindings.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

template <typename T>
Array<T> jet_kinematics(const Array<T>& constituents) {
  if (constituents.ndim() != 3 || constituents.shape(2) != 3) {
    throw py::value_error("constituents must have shape (N, P, 3)");
  }
  const auto n_jets = static_cast<std::size_t>(constituents.shape(0));
  const auto max_constituents = static_cast<std::size_t>(constituents.shape(1));
  Array<T> jets({constituents.shape(0), py::ssize_t{4}});
  const PointSets<T> sets{n_jets, max_constituents, 3, {constituents.data(), n_jets * max_constituents * 3}};
  T* output = jets.mutable_data();
  {
    py::gil_scoped_release release;
    std::vector<JetKinematics<T>> found(n_jets);
    pyjetsim::jet_kinematics<T>(sets, found);
    for (const auto& jet : found) {
      for (const T value : {jet.pt, jet.eta, jet.phi, jet.mass}) *output++ = value;
    }
  }
  return jets;
}

}  // namespace

void register_kinematics(py::module_& module) {
  const char* doc = "pt, eta, phi, mass (N, 4) of jets from constituents (N, P, 3), GeV; float32 or float64.";
  module.def("jet_kinematics", &jet_kinematics<float>, py::arg("constituents").noconvert(), doc);
  module.def("jet_kinematics", &jet_kinematics<double>, py::arg("constituents").noconvert(), doc);
}

}  // namespace pyjetsim::bindings
