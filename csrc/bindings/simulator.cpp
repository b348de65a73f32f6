#include "pyjetsim/simulator.h"

#include <pybind11/gil_safe_call_once.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "backends/onnxruntime/library.h"
#include "bindings/bindings.h"
#include "bundle/manifest.h"
#include "pyjetsim/error.h"
#include "simulator/inside.h"

namespace pyjetsim::bindings {
namespace {

py::object python(const char* module, const char* function) { return py::module_::import(module).attr(function); }

// An array as it is; nothing where it is of another type, order or alignment.
template <typename T>
std::optional<Array<T>> as_it_is(py::handle values) {
  if (!py::isinstance<Array<T>>(values)) return std::nullopt;
  const auto array = py::reinterpret_borrow<Array<T>>(values);
  constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & kAligned) == 0) return std::nullopt;
  return array;
}

// As Python reads what is not as it should be, or refuses it.
Array<float> constituents_of(py::handle values) {
  if (auto found = as_it_is<float>(values); found && found->ndim() == 3 && found->shape(2) == 3) return *found;
  return python("pyjetsim.simulate.arrays", "constituents_of")(values).cast<Array<float>>();
}

std::optional<Array<std::int32_t>> pids_of(py::handle values, const Array<float>& constituents) {
  if (values.is_none()) return std::nullopt;
  if (auto found = as_it_is<std::int32_t>(values); found && found->ndim() == 2 &&
                                                   found->shape(0) == constituents.shape(0) &&
                                                   found->shape(1) == constituents.shape(1)) {
    const std::int32_t* numbers = found->data();
    const bool known = std::find(numbers, numbers + found->size(), std::numeric_limits<std::int32_t>::min()) ==
                       numbers + found->size();
    if (known) return found;
  }
  return python("pyjetsim.simulate.arrays", "pids_of")(values, constituents).cast<Array<std::int32_t>>();
}

// A whole number from 0; nothing for others.
std::optional<std::uint64_t> read_number(py::handle value, std::uint64_t most) {
  if (PyLong_CheckExact(value.ptr()) == 0) return std::nullopt;
  const std::uint64_t number = PyLong_AsUnsignedLongLong(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return number <= most ? std::optional(number) : std::nullopt;
}

std::uint64_t unsigned_of(const char* name, py::handle value) {
  if (const auto number = read_number(value, std::numeric_limits<std::uint64_t>::max())) return *number;
  return python("pyjetsim.jets.event_ids", "unsigned")(name, value).attr("item")().cast<std::uint64_t>();
}

// Whole numbers from 0, one a jet or one for all; false for others.
bool read_numbers(py::handle values, std::size_t jets, std::vector<std::uint64_t>& into) {
  const auto fits = [jets](const py::array& array) {
    return array.ndim() == 1 && static_cast<std::size_t>(array.size()) == jets;
  };
  if (const auto number = read_number(values, std::numeric_limits<std::uint64_t>::max())) {
    into.assign(jets, *number);
    return true;
  }
  if (const auto found = as_it_is<std::int64_t>(values); found && fits(*found)) {
    if (std::any_of(found->data(), found->data() + jets, [](std::int64_t number) { return number < 0; })) return false;
    into.assign(found->data(), found->data() + jets);
    return true;
  }
  if (const auto found = as_it_is<std::uint64_t>(values); found && fits(*found)) {
    into.assign(found->data(), found->data() + jets);
    return true;
  }
  return false;
}

// How many jets of the same event come before each.
void count_in_events(const std::vector<std::uint64_t>& event, std::vector<std::uint64_t>& place) {
  const std::size_t jets = event.size();
  std::vector<std::size_t> order(jets);
  for (std::size_t j = 0; j < jets; ++j) order[j] = j;
  std::stable_sort(order.begin(), order.end(), [&event](std::size_t a, std::size_t b) { return event[a] < event[b]; });
  place.resize(jets);
  for (std::size_t j = 0; j < jets; ++j) {
    const bool same = j > 0 && event[order[j]] == event[order[j - 1]];
    place[order[j]] = same ? place[order[j - 1]] + 1 : 0;
  }
}

bool is_event_id(py::handle event) {
  PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> type;
  if (PyTuple_Check(event.ptr()) == 0 || PyTuple_CheckExact(event.ptr()) != 0) return false;
  type.call_once_and_store_result([] { return python("pyjetsim.jets.event_ids", "EventId"); });
  return py::isinstance(event, type.get_stored());
}

// Who the jets are, where that is told by None, numbers, event numbers in an array or the id of one event; false where
// Python has to look closer.
bool read_plain_ids(py::handle event, py::handle jet, std::uint64_t copy, std::vector<JetId>& ids) {
  constexpr std::uint64_t kMostRuns = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint64_t> events, places;
  std::uint64_t run = 0, block = 0;
  const std::size_t jets = ids.size();
  if (event.is_none()) {
    for (std::size_t j = 0; j < jets; ++j) events.push_back(j);
  } else if (is_event_id(event)) {
    const auto parts = py::reinterpret_borrow<py::tuple>(event);
    const auto of_run = read_number(parts[0], kMostRuns), of_block = read_number(parts[1], kMostRuns);
    if (!of_run || !of_block || !read_numbers(parts[2], jets, events)) return false;
    run = *of_run;
    block = *of_block;
  } else if (!read_numbers(event, jets, events)) {
    return false;
  }
  if (jet.is_none()) {
    count_in_events(events, places);
  } else if (!read_numbers(jet, jets, places)) {
    return false;
  }
  for (std::size_t j = 0; j < jets; ++j) {
    ids[j] = {static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(block), events[j], places[j], copy};
  }
  return true;
}

std::vector<JetId> ids_of(py::handle event, py::handle jet, std::uint64_t copy, std::size_t jets) {
  std::vector<JetId> ids(jets);
  if (read_plain_ids(event, jet, copy, ids)) return ids;
  const auto [run, block, number, place] =
      python("pyjetsim.jets.event_ids", "jet_ids")(jets, event, jet)
          .cast<std::tuple<Array<std::uint32_t>, Array<std::uint32_t>, Array<std::uint64_t>, Array<std::uint64_t>>>();
  for (std::size_t j = 0; j < jets; ++j) {
    ids[j] = {run.data()[j], block.data()[j], number.data()[j], place.data()[j], copy};
  }
  return ids;
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
  float *rows = reco.constituents.mutable_data(), *columns = reco.jet.mutable_data();
  float* distance = reco.domain_distance.mutable_data();
  std::int32_t *pid = reco.pid.mutable_data(), *count = reco.n_constituents.mutable_data();
  bool* truncated = reco.truncated.mutable_data();
  for (std::size_t j = 0; j < jets.size(); ++j) {
    const Span<const float> momenta = jets.constituents(j);
    const Span<const std::int32_t> pids = jets.pids(j);
    const SimulatedJet& jet = jets[j];
    pid = std::fill_n(std::copy(pids.begin(), pids.end(), pid), kept - pids.size(), 0);
    rows = std::fill_n(std::copy(momenta.begin(), momenta.end(), rows), 3 * kept - momenta.size(), 0.0f);
    for (const float value : {jet.pt, jet.eta, jet.phi, jet.mass}) *columns++ = value;
    *count++ = static_cast<std::int32_t>(pids.size());
    *distance++ = jet.domain_distance;
    *truncated++ = jet.truncated;
  }
}

// A simulator, and memory that its calls use again.
class Engine {
 public:
  Engine(const std::string& bundle, const SimulatorOptions& options)
      : simulator_(JetSimulator::load(bundle, options)) {}

  const JetSimulator& simulator() const { return simulator_; }

  py::tuple simulate(py::handle given, py::handle given_pid, py::handle event, py::handle given_seed, py::handle jet,
                     py::handle given_copy) {
    const Array<float> constituents = constituents_of(given);
    const std::optional<Array<std::int32_t>> pid = pids_of(given_pid, constituents);
    const std::uint64_t seed = unsigned_of("seed", given_seed), copy = unsigned_of("copy", given_copy);
    const auto jets = static_cast<std::size_t>(constituents.shape(0));
    const auto rows = static_cast<std::size_t>(constituents.shape(1));
    const std::vector<JetId> ids = ids_of(event, jet, copy, jets);
    std::vector<std::size_t> offsets(jets + 1);
    for (std::size_t j = 0; j <= jets; ++j) offsets[j] = j * rows;  // padding is no constituent
    JetsView gen{{constituents.data(), jets * rows * 3}, offsets};
    if (pid) gen.pids = {pid->data(), jets * rows};

    std::unique_ptr<SimulatedJets> simulated = take();
    without_lock("InputError", [&] { simulate_in_blocks(simulator_, seed, ids, gen, *simulated, check_signals); });
    const std::size_t kept = simulator_.max_reco_constituents();
    Reco reco(constituents.shape(0), static_cast<py::ssize_t>(kept));
    fill(*simulated, kept, reco);
    give_back(std::move(simulated));
    return py::make_tuple(reco.constituents, reco.pid, reco.n_constituents, reco.jet, reco.domain_distance,
                          reco.truncated);
  }

  Array<float> domain_distance(const Array<float>& jet, const Array<std::int32_t>& n_constituents) const {
    if (jet.ndim() != 2 || jet.shape(1) != 4 || n_constituents.ndim() != 1 || n_constituents.size() != jet.shape(0)) {
      throw py::value_error("jet must have shape (N, 4) and n_constituents (N,)");
    }
    Array<float> distance(jet.shape(0));
    const float* columns = jet.data();
    for (py::ssize_t j = 0; j < jet.shape(0); ++j, columns += 4) {
      const auto number = static_cast<std::size_t>(std::max(n_constituents.data()[j], 0));
      distance.mutable_data()[j] = simulator_.domain_distance(columns[0], columns[1], number);
    }
    return distance;
  }

  // The model's own answer, (N, kept, 3) and pids (N, kept), which are not written where it tells none.
  py::tuple run(const Array<float>& constituents, const Array<float>& noise,
                const std::optional<Array<std::int32_t>>& pid, py::ssize_t kept) const {
    const py::ssize_t jets = constituents.shape(0);
    Array<float> output({jets, kept, py::ssize_t{3}});
    Array<std::int32_t> output_pid({jets, kept});
    float* written = output.mutable_data();
    std::int32_t* written_pid = output_pid.mutable_data();
    const std::int32_t* pids = pid ? pid->data() : nullptr;
    without_lock("BundleError", [&] {
      run_model(simulator_, {static_cast<std::size_t>(jets), constituents.data(), noise.data(), pids},
                {written, written_pid});
    });
    return py::make_tuple(output, output_pid);
  }

 private:
  static constexpr std::size_t kMostJetsKept = 4096;  // beyond, it is memory that others may need

  std::unique_ptr<SimulatedJets> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return std::make_unique<SimulatedJets>();
    std::unique_ptr<SimulatedJets> last = std::move(idle_.back());
    idle_.pop_back();
    return last;
  }

  void give_back(std::unique_ptr<SimulatedJets> jets) {
    if (jets->size() > kMostJetsKept) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(jets));
  }

  JetSimulator simulator_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SimulatedJets>> idle_;
};

std::unique_ptr<Engine> load(const std::string& bundle, const std::string& backend, const std::string& library,
                             int threads, const std::string& device, const std::string& onnxruntime_folder) {
  if (!onnxruntime_folder.empty()) look_for_onnxruntime_in(onnxruntime_folder);
  return without_lock("BundleError", [&] {
    SimulatorOptions options;
    options.backend = backend;
    options.library = library;
    options.threads = threads;
    options.device = device;
    return std::make_unique<Engine>(bundle, options);
  });
}

void check_manifest(const std::string& text, const std::string& path) {
  without_lock("BundleError", [&] { parse_manifest(text, path); });
}

}  // namespace

void register_simulator(py::module_& module) {
  module.def("check_manifest", &check_manifest, py::arg("text"), py::arg("path"),
             "Refuse the text of a manifest that cannot be; `path` is for the message.");
  py::class_<Engine>(module, "Engine", "Use pyjetsim.Simulator.")
      .def_static("load", &load, py::arg("bundle"), py::arg("backend"), py::arg("library"), py::arg("threads"),
                  py::arg("device"), py::arg("onnxruntime_folder"))
      .def("simulate", &Engine::simulate, py::arg("constituents"), py::arg("pid"), py::arg("event"), py::arg("seed"),
           py::arg("jet"), py::arg("copy"))
      .def("domain_distance", &Engine::domain_distance, py::arg("jet"), py::arg("n_constituents"))
      .def("run", &Engine::run, py::arg("constituents").noconvert(), py::arg("noise").noconvert(),
           py::arg("pid").noconvert(), py::arg("kept"))
      .def_property_readonly("manifest_json", [](const Engine& engine) { return engine.simulator().manifest_json(); })
      .def_property_readonly("backend", [](const Engine& engine) { return engine.simulator().backend(); })
      .def_property_readonly("max_constituents",
                             [](const Engine& engine) { return engine.simulator().max_constituents(); })
      .def_property_readonly("max_reco_constituents",
                             [](const Engine& engine) { return engine.simulator().max_reco_constituents(); });
}

}  // namespace pyjetsim::bindings
