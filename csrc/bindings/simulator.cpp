#include "pyjetsim/simulator.h"

#include <pybind11/gil_safe_call_once.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "backends/onnxruntime/library.h"
#include "bindings/bindings.h"
#include "bindings/jet_ids.h"
#include "bundle/manifest.h"
#include "kernels/cpu/paths.h"
#include "pyjetsim/error.h"
#include "pyjetsim/graph.h"
#include "simulator/inside.h"

namespace pyjetsim::bindings {
namespace {

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
    const std::array<const void*, 3> inputs = {constituents.data(), noise.data(), pid ? pid->data() : nullptr};
    const std::array<void*, 2> outputs = {written, written_pid};
    without_lock("BundleError", [&] { run_model(simulator_, static_cast<std::size_t>(jets), inputs, outputs); });
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

SimulatorOptions options_of(const std::string& backend, const std::string& library, int threads,
                            const std::string& device, const std::string& onnxruntime_folder) {
  if (!onnxruntime_folder.empty()) look_for_onnxruntime_in(onnxruntime_folder);
  SimulatorOptions options;
  options.backend = backend;
  options.library = library;
  options.threads = threads;
  options.device = device;
  return options;
}

std::unique_ptr<Engine> load(const std::string& bundle, const std::string& backend, const std::string& library,
                             int threads, const std::string& device, const std::string& onnxruntime_folder) {
  const SimulatorOptions options = options_of(backend, library, threads, device, onnxruntime_folder);
  return without_lock("BundleError", [&] { return std::make_unique<Engine>(bundle, options); });
}

// A NumPy type of an element type.
py::dtype dtype_of(ElementType type) {
  switch (type) {
    case ElementType::kInt32:
      return py::dtype::of<std::int32_t>();
    case ElementType::kInt64:
      return py::dtype::of<std::int64_t>();
    default:
      return py::dtype::of<float>();
  }
}

std::string text_of(py::handle value) { return py::str(value).cast<std::string>(); }

std::vector<py::ssize_t> shape_of(const TensorInfo& info, std::size_t rows) {
  std::vector<py::ssize_t> shape = {static_cast<py::ssize_t>(rows)};
  for (const std::size_t length : info.shape) shape.push_back(static_cast<py::ssize_t>(length));
  return shape;
}

// A bundle of any task.
class GraphEngine {
 public:
  GraphEngine(const std::string& bundle, const SimulatorOptions& options) : graph_(Graph::load(bundle, options)) {}

  const Graph& graph() const { return graph_; }

  py::dict run(const py::dict& conditions, py::handle event, py::handle given_seed, py::handle jet,
               py::handle given_copy, const std::optional<std::size_t>& given_rows) const {
    std::vector<py::array> arrays;  // kept while they are in use
    std::vector<std::string> names;
    std::optional<std::size_t> rows = given_rows;
    for (const auto& [name, value] : conditions) {
      names.push_back(text_of(name));
      arrays.push_back(condition(names.back(), value, rows));
    }
    if (!rows) {
      raise("InputError",
            Error("there are no conditions and no rows", "nothing says how many answers are wanted", "give rows"));
    }
    std::vector<TensorView> views;
    for (std::size_t i = 0; i < arrays.size(); ++i) views.push_back(view_of(names[i], arrays[i]));
    const std::uint64_t seed = unsigned_of("seed", given_seed), copy = unsigned_of("copy", given_copy);
    const std::vector<JetId> ids = ids_of(event, jet, copy, *rows);
    GraphOutputs answer;
    without_lock("InputError", [&] { graph_.run(*rows, views, ids, seed, answer, check_signals); });
    py::dict found;
    for (const TensorInfo& info : graph_.outputs()) {
      py::array array(dtype_of(info.type), shape_of(info, *rows));
      const auto copy_numbers = [&](const auto& numbers) {
        std::copy(
            numbers.begin(), numbers.end(),
            static_cast<std::remove_const_t<std::remove_pointer_t<decltype(numbers.data())>>*>(array.mutable_data()));
      };
      if (info.type == ElementType::kFloat32) copy_numbers(answer.floats(info.name));
      if (info.type == ElementType::kInt32) copy_numbers(answer.int32s(info.name));
      if (info.type == ElementType::kInt64) copy_numbers(answer.int64s(info.name));
      found[text(info.name)] = array;
    }
    return found;
  }

 private:
  // An array of the type and shape that the manifest says, row-major. The first one tells the number of rows.
  py::array condition(const std::string& name, py::handle value, std::optional<std::size_t>& rows) const {
    const auto found = std::find_if(graph_.inputs().begin(), graph_.inputs().end(),
                                    [&](const TensorInfo& info) { return info.name == name && !info.is_noise; });
    const py::array array = py::array::ensure(value, py::array::c_style);
    if (!array) throw py::error_already_set();
    if (found == graph_.inputs().end()) return array;  // it is refused by its name
    if (!rows && array.ndim() > 0) rows = static_cast<std::size_t>(array.shape(0));
    const std::vector<py::ssize_t> expected = shape_of(*found, rows.value_or(0));
    const bool fits = static_cast<std::size_t>(array.ndim()) == expected.size() &&
                      std::equal(expected.begin(), expected.end(), array.shape());
    if (!fits || !array.dtype().equal(dtype_of(found->type))) {
      const py::tuple wanted = py::cast(expected);
      raise("InputError",
            Error("condition '" + name + "' is " + text_of(array.dtype()) + " of shape " + text_of(array.attr("shape")),
                  "the graph takes it as " + text_of(dtype_of(found->type)) + " of shape " + text_of(wanted),
                  "convert it, with numpy.asarray(..., dtype) or reshape"));
    }
    return array;
  }

  static TensorView view_of(const std::string& name, const py::array& array) {
    const auto size = static_cast<std::size_t>(array.size());
    if (array.dtype().equal(py::dtype::of<std::int32_t>())) {
      return {name, Span<const std::int32_t>(static_cast<const std::int32_t*>(array.data()), size)};
    }
    if (array.dtype().equal(py::dtype::of<std::int64_t>())) {
      return {name, Span<const std::int64_t>(static_cast<const std::int64_t*>(array.data()), size)};
    }
    return {name, Span<const float>(static_cast<const float*>(array.data()), size)};
  }

  Graph graph_;
};

std::unique_ptr<GraphEngine> load_graph(const std::string& bundle, const std::string& backend,
                                        const std::string& library, int threads, const std::string& device,
                                        const std::string& onnxruntime_folder) {
  const SimulatorOptions options = options_of(backend, library, threads, device, onnxruntime_folder);
  return without_lock("BundleError", [&] { return std::make_unique<GraphEngine>(bundle, options); });
}

void check_manifest(const std::string& text, const std::string& path) {
  without_lock("BundleError", [&] { parse_manifest(text, path); });
}

}  // namespace

void register_simulator(py::module_& module) {
  module.def(
      "cpu_paths",
      [] {
        std::vector<std::string> names;
        for (const auto* path : cpu_paths()) names.emplace_back(path->name);
        return names;
      },
      "Sets of instructions that the backend native has for this processor, best first.");
  module.def("cpu_path", [] { return current_cpu_path().name; }, "The one in use.");
  module.def("use_cpu_path", &use_cpu_path, py::arg("name"),
             "Take one of cpu_paths(), for every thread: for tests and measurements.");
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
  py::class_<GraphEngine>(module, "Graph", "A bundle of any task: named arrays in, named arrays out.")
      .def_static("load", &load_graph, py::arg("bundle"), py::arg("backend"), py::arg("library"), py::arg("threads"),
                  py::arg("device"), py::arg("onnxruntime_folder"))
      .def("run", &GraphEngine::run, py::arg("conditions"), py::arg("event") = py::none(), py::arg("seed") = 0,
           py::arg("jet") = py::none(), py::arg("copy") = 0, py::arg("rows") = py::none(),
           "Answers for conditions, arrays by name of the types and shapes that the manifest says; row i draws the "
           "noise of (seed; event i, jet i, copy).")
      .def_property_readonly("task", [](const GraphEngine& engine) { return engine.graph().task(); })
      .def_property_readonly("manifest_json", [](const GraphEngine& engine) { return engine.graph().manifest_json(); })
      .def_property_readonly("backend", [](const GraphEngine& engine) { return engine.graph().backend(); });
}

}  // namespace pyjetsim::bindings
