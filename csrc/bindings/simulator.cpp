#include "pyjetsim/simulator.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "array.h"
#include "bindings.h"
#include "pyjetsim/error.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

// Does `work` without the interpreter's lock; an Error becomes pyjetsim.errors.<kind>.
template <typename Work>
auto without_lock(const char* kind, const Work& work) {
  try {
    const py::gil_scoped_release release;
    return work();
  } catch (const Error& error) {
    const py::object type = py::module_::import("pyjetsim.errors").attr(kind);
    py::set_error(type, type(error.wrong(), error.why(), error.todo()));
    throw py::error_already_set();
  }
}

JetSimulator load(const std::string& bundle, const std::string& backend, const std::string& library, int threads) {
  return without_lock("BundleError", [&] { return JetSimulator::load(bundle, {backend, library, threads, 0}); });
}

// Jets side by side in padded arrays.
struct Reco {
  Array<float> constituents;
  Array<std::int32_t> pid, n_constituents;
  Array<float> jet, domain_distance;
  Array<bool> truncated;

  Reco(py::ssize_t jets, py::ssize_t kept)
      : constituents({jets, kept, py::ssize_t{3}}),
        pid({jets, kept}),
        n_constituents(jets),
        jet({jets, py::ssize_t{4}}),
        domain_distance(jets),
        truncated(jets) {}
};

void fill(const SimulatedJets& jets, std::size_t kept, Reco& reco) {
  float* rows = reco.constituents.mutable_data();
  float* columns = reco.jet.mutable_data();
  std::int32_t* pid = reco.pid.mutable_data();
  for (std::size_t j = 0; j < jets.size(); ++j) {
    const Span<const float> momenta = jets.constituents(j);
    const Span<const std::int32_t> pids = jets.pids(j);
    const SimulatedJet& jet = jets[j];
    pid = std::fill_n(std::copy(pids.begin(), pids.end(), pid), kept - pids.size(), 0);
    rows = std::fill_n(std::copy(momenta.begin(), momenta.end(), rows), 3 * kept - momenta.size(), 0.0f);
    for (const float value : {jet.pt, jet.eta, jet.phi, jet.mass}) *columns++ = value;
    const auto index = static_cast<py::ssize_t>(j);
    reco.n_constituents.mutable_at(index) = static_cast<std::int32_t>(momenta.size() / 3);
    reco.domain_distance.mutable_at(index) = jet.domain_distance;
    reco.truncated.mutable_at(index) = jet.truncated;
  }
}

py::tuple simulate(const JetSimulator& simulator, std::uint64_t seed, const Array<std::uint32_t>& run,
                   const Array<std::uint32_t>& luminosity_block, const Array<std::uint64_t>& event,
                   const Array<std::uint64_t>& jet, std::uint64_t copy, const Array<float>& constituents,
                   const std::optional<Array<std::int32_t>>& pid, std::size_t n_kept) {
  if (constituents.ndim() != 3 || constituents.shape(2) != 3) {
    throw py::value_error("constituents must have shape (N, P, 3)");
  }
  if (pid && (pid->ndim() != 2 || pid->shape(0) != constituents.shape(0) || pid->shape(1) != constituents.shape(1))) {
    throw py::value_error("pid must have shape (N, P)");
  }
  const auto n_jets = static_cast<std::size_t>(constituents.shape(0));
  const auto rows = static_cast<std::size_t>(constituents.shape(1));
  const auto fits = [&](const py::array& array) { return array.ndim() == 1 && array.size() == constituents.shape(0); };
  if (!fits(run) || !fits(luminosity_block) || !fits(event) || !fits(jet)) {
    throw py::value_error("run, luminosity_block, event and jet must be one-dimensional with one entry for each jet");
  }
  std::vector<JetId> ids(n_jets);
  std::vector<std::size_t> offsets(n_jets + 1);
  for (std::size_t j = 0; j < n_jets; ++j) {
    ids[j] = {run.data()[j], luminosity_block.data()[j], event.data()[j], jet.data()[j], copy};
    offsets[j + 1] = (j + 1) * rows;  // padding is no constituent
  }
  JetsView gen{{constituents.data(), n_jets * rows * 3}, offsets};
  if (pid) gen.pids = {pid->data(), n_jets * rows};
  const SimulatedJets jets = without_lock("InputError", [&] {
    SimulatedJets simulated;
    simulator.simulate(seed, ids, gen, simulated);
    return simulated;
  });
  for (std::size_t j = 0; j < jets.size(); ++j) {
    if (jets.constituents(j).size() > 3 * n_kept) throw py::value_error("n_kept is less than the bundle keeps");
  }
  Reco reco(constituents.shape(0), static_cast<py::ssize_t>(n_kept));
  fill(jets, n_kept, reco);
  return py::make_tuple(reco.constituents, reco.pid, reco.n_constituents, reco.jet, reco.domain_distance,
                        reco.truncated);
}

}  // namespace

void register_simulator(py::module_& module) {
  py::class_<JetSimulator>(module, "JetSimulator", "Use pyjetsim.CppSimulator.")
      .def_static("load", &load, py::arg("bundle"), py::arg("backend"), py::arg("library"), py::arg("threads"))
      .def("simulate", &simulate, py::arg("seed"), py::arg("run"), py::arg("luminosity_block"), py::arg("event"),
           py::arg("jet"), py::arg("copy"), py::arg("constituents").noconvert(), py::arg("pid").noconvert(),
           py::arg("n_kept"))
      .def_property_readonly("manifest_json", &JetSimulator::manifest_json)
      .def_property_readonly("backend", &JetSimulator::backend);
}

}  // namespace pyjetsim::bindings
