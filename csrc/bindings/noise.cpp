#include "pyjetsim/noise.h"

#include "array.h"
#include "bindings.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

Array<float> jet_noise(std::uint64_t seed, const Array<std::uint32_t>& run,
                       const Array<std::uint32_t>& luminosity_block, const Array<std::uint64_t>& event,
                       const Array<std::uint64_t>& jet, std::size_t n_dimensions, std::uint64_t copy) {
  const auto n_jets = event.size();
  const auto fits = [n_jets](const py::array& array) { return array.ndim() == 1 && array.size() == n_jets; };
  if (!fits(run) || !fits(luminosity_block) || !fits(event) || !fits(jet)) {
    throw py::value_error("run, luminosity_block, event and jet must be one-dimensional with one entry for each jet");
  }
  Array<float> noise({n_jets, static_cast<py::ssize_t>(n_dimensions)});
  float* output = noise.mutable_data();
  const auto* runs = run.data();
  const auto* blocks = luminosity_block.data();
  const auto* events = event.data();
  const auto* jets = jet.data();
  py::gil_scoped_release release;
  for (py::ssize_t i = 0; i < n_jets; ++i) {
    pyjetsim::jet_noise(seed, {runs[i], blocks[i], events[i], jets[i], copy}, n_dimensions,
                        output + static_cast<std::size_t>(i) * n_dimensions);
  }
  return noise;
}

}  // namespace

void register_noise(py::module_& module) {
  module.def("jet_noise", &jet_noise, py::arg("seed"), py::arg("run"), py::arg("luminosity_block"), py::arg("event"),
             py::arg("jet"), py::arg("n_dimensions"), py::arg("copy") = 0,
             "Standard normal noise (N, n_dimensions), float32, for N jets.");
}

}  // namespace pyjetsim::bindings
