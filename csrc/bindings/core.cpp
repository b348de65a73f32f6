// pyjetsim._core: the compiled parts of pyjetsim that need neither FastJet nor torch.
#include <algorithm>
#include <vector>

#include "bindings/bindings.h"
#include "pyjetsim/kinematics.h"
#include "pyjetsim/noise.h"
#include "pyjetsim/selection.h"

namespace pyjetsim::bindings {

py::str text(const std::string& bytes) {
  PyObject* const decoded =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogateescape");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}

void raise(const char* kind, const Error& error) {
  const py::object type = py::module_::import("pyjetsim.errors").attr(kind);
  py::set_error(type, type(text(error.wrong()), text(error.why()), text(error.todo())));
  throw py::error_already_set();
}

void check_signals() {
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

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

Array<float> jet_noise(std::uint64_t seed, const Array<std::uint32_t>& run,
                       const Array<std::uint32_t>& luminosity_block, const Array<std::uint64_t>& event,
                       const Array<std::uint64_t>& jet, std::size_t n_dimensions, std::uint64_t copy,
                       std::size_t of_event) {
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
    pyjetsim::jet_noise(seed, {runs[i], blocks[i], events[i], jets[i], copy}, n_dimensions, of_event,
                        output + static_cast<std::size_t>(i) * n_dimensions);
  }
  return noise;
}

Array<bool> visible(const Array<std::int32_t>& pid) {
  Array<bool> answer(pid.size());
  std::transform(pid.data(), pid.data() + pid.size(), answer.mutable_data(), [](auto id) { return is_visible(id); });
  return answer;
}

Array<bool> in_acceptance(const Array<double>& momenta, double pt_min, double eta_max) {
  if (momenta.ndim() != 2 || momenta.shape(1) != 3) throw py::value_error("momenta must have shape (M, 3)");
  const Acceptance acceptance(pt_min, eta_max);
  Array<bool> answer(momenta.shape(0));
  bool* output = answer.mutable_data();
  const double* p = momenta.data();
  for (py::ssize_t i = 0; i < answer.size(); ++i, p += 3) output[i] = acceptance.holds(p[0], p[1], p[2]);
  return answer;
}

// What is kept, in arrays as wide as it can be.
struct Kept {
  Array<float> constituents;
  Array<std::int32_t> pid, count;

  Kept(py::ssize_t jets, py::ssize_t width)
      : constituents({jets, width, py::ssize_t{3}}), pid({jets, width}), count(jets) {
    std::fill_n(constituents.mutable_data(), constituents.size(), 0.0f);
    std::fill_n(pid.mutable_data(), pid.size(), 0);
  }
};

py::tuple select(const Array<float>& constituents, const Array<std::int32_t>& pid, double pt_min, double eta_max,
                 std::size_t max_constituents) {
  if (constituents.ndim() != 3 || constituents.shape(2) != 3 || pid.ndim() != 2 ||
      pid.shape(0) != constituents.shape(0) || pid.shape(1) != constituents.shape(1)) {
    throw py::value_error("constituents must have shape (N, P, 3) and pid (N, P)");
  }
  const auto jets = static_cast<std::size_t>(constituents.shape(0));
  const auto rows = static_cast<std::size_t>(constituents.shape(1)), width = std::min(rows, max_constituents);
  Kept kept(constituents.shape(0), static_cast<py::ssize_t>(width));
  const ConstituentCuts cuts{static_cast<float>(pt_min), static_cast<float>(eta_max), max_constituents};
  const Span<const float> momenta = view(constituents);
  const std::int32_t* ids = pid.data();
  float* output = kept.constituents.mutable_data();
  std::int32_t *output_ids = kept.pid.mutable_data(), *count = kept.count.mutable_data();
  {
    const py::gil_scoped_release release;
    std::vector<RankedConstituent> order;
    for (std::size_t jet = 0; jet < jets; ++jet) {
      const Span<const float> of_jet = momenta.subspan(3 * rows * jet, 3 * rows);
      select_constituents(of_jet, cuts, order);
      for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t row = order[i].row;
        std::copy_n(of_jet.data() + 3 * row, 3, output + 3 * (width * jet + i));
        output_ids[width * jet + i] = ids[rows * jet + row];
      }
      count[jet] = static_cast<std::int32_t>(order.size());
    }
  }
  return py::make_tuple(kept.constituents, kept.pid, kept.count);
}

void register_kinematics(py::module_& module) {
  const char* doc = "pt, eta, phi, mass (N, 4) of jets from constituents (N, P, 3), GeV; float32 or float64.";
  module.def("jet_kinematics", &jet_kinematics<float>, py::arg("constituents").noconvert(), doc);
  module.def("jet_kinematics", &jet_kinematics<double>, py::arg("constituents").noconvert(), doc);
}

void register_noise(py::module_& module) {
  module.def("jet_noise", &jet_noise, py::arg("seed"), py::arg("run"), py::arg("luminosity_block"), py::arg("event"),
             py::arg("jet"), py::arg("n_dimensions"), py::arg("copy") = 0, py::arg("of_event") = 0,
             "Standard normal noise (N, n_dimensions), float32, for N jets; the first of_event are their event's.");
}

void register_selection(py::module_& module) {
  py::list invisible;
  for (const auto pid : invisible_pids()) invisible.append(pid);
  module.attr("INVISIBLE") = py::tuple(invisible);
  module.attr("GEN_PT_MIN") = kGenPtMin;
  module.attr("GEN_ETA_MAX") = kGenEtaMax;
  module.attr("PARTICLE_ETA_MAX") = kParticleEtaMax;
  module.attr("MATCH_DELTA_R") = kMatchDeltaR;
  module.attr("JET_RADIUS") = kJetRadius;
  module.attr("STORED_CONSTITUENTS") = kStoredConstituents;
  module.def("visible", &visible, py::arg("pid"), "Whether a detector sees particles of these PDG ids (M,).");
  module.def("in_acceptance", &in_acceptance, py::arg("momenta"), py::arg("pt_min"), py::arg("eta_max"),
             "Whether particles (M, 3) have pt > pt_min and |eta| < eta_max.");
  module.def("select_constituents", &select, py::arg("constituents"), py::arg("pid"), py::arg("pt_min"),
             py::arg("eta_max"), py::arg("max_constituents"),
             "Constituents (N, W, 3), pid (N, W) and their number (N,) after cuts, by falling pt.");
}

}  // namespace
}  // namespace pyjetsim::bindings

PYBIND11_MODULE(_core, module) {
  module.doc() = "Compiled parts of pyjetsim.";
  module.attr("__version__") = PYJETSIM_VERSION;
  pyjetsim::bindings::register_hepmc(module);
  pyjetsim::bindings::register_kinematics(module);
  pyjetsim::bindings::register_noise(module);
  pyjetsim::bindings::register_selection(module);
  pyjetsim::bindings::register_simulator(module);
}
