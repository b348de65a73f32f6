#include "pyjetsim/simulator.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "bundle/files.h"
#include "bundle/golden.h"
#include "pyjetsim/error.h"
#include "pyjetsim/kinematics.h"
#include "simulator/inside.h"
#include "simulator/jets.h"
#include "simulator/model.h"

namespace pyjetsim {
namespace {

constexpr int kMostThreads = 1024;

void check_ids(Span<const JetId> ids, const JetsView& gen) {
  const std::size_t jets = gen.offsets.empty() ? 0 : gen.offsets.size() - 1;
  if (ids.size() == jets) return;
  throw Error("there are " + std::to_string(ids.size()) + " ids for " + std::to_string(jets) + " jets",
              "each jet's noise is keyed by its own", "give one id a jet");
}

// Runs the tensors of the task "constituents".
void run_tensors(const Backend& backend, const Manifest& manifest, std::size_t rows, Span<const void* const> inputs,
                 Span<void* const> outputs) {
  std::array<InputTensor, 3> given;
  std::array<OutputTensor, 2> answers;
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i) given[i] = {&manifest.inputs[i], inputs[i]};
  for (std::size_t i = 0; i < manifest.outputs.size(); ++i) answers[i] = {&manifest.outputs[i], outputs[i]};
  backend.run(rows, {given.data(), manifest.inputs.size()}, {answers.data(), manifest.outputs.size()});
}

// Without making it smaller, so that nothing is cleared again and again.
template <typename T>
void make_room(std::vector<T>& memory, std::size_t size) {
  if (memory.size() < size) memory.resize(size);
}

}  // namespace

// Memory to work in: of a block of jets, and of one jet.
struct SimulatedJets::Workspace {
  std::vector<float> constituents, noise, reco;
  std::vector<std::int32_t> pids, reco_pids;  // empty for models without
  std::vector<char> empty;
  std::vector<JetKinematics<float>> kinematics;
  RecoJetBuffers buffers;

  void make_room_for(const Manifest& manifest, std::size_t jets) {
    const std::size_t gen = jets * manifest.max_constituents, answers = jets * manifest.max_output_constituents;
    make_room(constituents, 3 * gen);
    make_room(pids, manifest.takes_pids() ? gen : 0);
    make_room(noise, jets * manifest.noise_size);
    make_room(reco, 3 * answers);
    make_room(reco_pids, manifest.gives_pids() ? answers : 0);
    make_room(empty, jets);
    make_room(kinematics, jets);
  }
};

SimulatedJets::SimulatedJets() noexcept = default;
SimulatedJets::~SimulatedJets() = default;
SimulatedJets::SimulatedJets(SimulatedJets&&) noexcept = default;
SimulatedJets& SimulatedJets::operator=(SimulatedJets&&) noexcept = default;

void SimulatedJets::clear() {
  jets_.clear();
  momenta_.clear();
  pids_.clear();
  offsets_.assign(1, 0);
}

void SimulatedJets::append(const SimulatedJets& other) {
  jets_.insert(jets_.end(), other.jets_.begin(), other.jets_.end());
  momenta_.insert(momenta_.end(), other.momenta_.begin(), other.momenta_.end());
  pids_.insert(pids_.end(), other.pids_.begin(), other.pids_.end());
  const std::size_t before = offsets_.back();
  for (std::size_t i = 1; i < other.offsets_.size(); ++i) offsets_.push_back(before + other.offsets_[i]);
}

LoadedModel load_model(const Bundle& bundle, const SimulatorOptions& options) {
  if (options.threads < 1 || options.threads > kMostThreads) {
    throw Error("threads is " + std::to_string(options.threads), "somebody must do the work, and each has its memory",
                "give 1 to " + std::to_string(kMostThreads));
  }
  auto backend = make_backend(options.backend, bundle, {options.library, options.device});
  replay_golden(*backend, bundle);
  const std::size_t block = backend->rows_at_once();
  return {bundle.manifest, std::move(backend), static_cast<std::size_t>(options.threads), block};
}

struct JetSimulator::Model : LoadedModel {
  std::uint64_t seed;
};

// What is to be simulated.
struct JetSimulator::Given {
  std::uint64_t seed;
  const JetsView& gen;
  const EventId* event;  // of all jets, or
  const JetId* ids;      // one a jet
  const std::function<void()>* between = nullptr;
  std::size_t jets = 0;

  JetId id(std::size_t jet) const {
    return event != nullptr ? JetId{event->run, event->luminosity_block, event->event, jet} : ids[jet];
  }
};

JetSimulator::JetSimulator(std::unique_ptr<const Model> model) : model_(std::move(model)) {}
JetSimulator::~JetSimulator() = default;
JetSimulator::JetSimulator(JetSimulator&&) noexcept = default;
JetSimulator& JetSimulator::operator=(JetSimulator&&) noexcept = default;

JetSimulator JetSimulator::load(const std::string& bundle, const SimulatorOptions& options) {
  const Bundle files = read_bundle(bundle);
  if (files.manifest.task != kConstituentsTask) {
    throw Error(
        files.path("manifest.json") + ": task is \"" + files.manifest.task + "\", not \"" + kConstituentsTask + '"',
        "its tensors are not the constituents of jets", "load the bundle as a Graph, which runs any task");
  }
  return JetSimulator(std::make_unique<Model>(Model{load_model(files, options), options.seed}));
}

void JetSimulator::simulate(const EventId& event, const JetsView& gen, SimulatedJets& output) const {
  simulate_all({model_->seed, gen, &event, nullptr}, output);
}

void JetSimulator::simulate(Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const {
  simulate(model_->seed, ids, gen, output);
}

void JetSimulator::simulate(std::uint64_t seed, Span<const JetId> ids, const JetsView& gen,
                            SimulatedJets& output) const {
  check_ids(ids, gen);
  simulate_all({seed, gen, nullptr, ids.data()}, output);
}

void simulate_in_blocks(const JetSimulator& simulator, std::uint64_t seed, Span<const JetId> ids, const JetsView& gen,
                        SimulatedJets& output, const std::function<void()>& between) {
  check_ids(ids, gen);
  simulator.simulate_all({seed, gen, nullptr, ids.data(), &between}, output);
}

void JetSimulator::simulate_all(const Given& given, SimulatedJets& output) const {
  output.clear();
  if (!output.workspace_) output.workspace_ = std::make_unique<SimulatedJets::Workspace>();
  Given checked = given;
  checked.jets = check_jets(given.gen);
  const std::size_t blocks = (checked.jets + model_->block - 1) / model_->block;
  try {
    if (std::min(model_->threads, blocks) <= 1) {
      run_blocks(*model_, checked.jets, given.between,
                 [&](std::size_t block, std::size_t) { simulate_block(checked, block, output); });
      return;
    }
    // Each block into a part of its own.
    std::vector<SimulatedJets> parts(blocks);
    std::vector<std::unique_ptr<SimulatedJets::Workspace>> workspaces(model_->threads);
    run_blocks(*model_, checked.jets, given.between, [&](std::size_t block, std::size_t worker) {
      std::unique_ptr<SimulatedJets::Workspace>& workspace = workspaces[worker];
      SimulatedJets& part = parts[block];
      part.clear();
      part.workspace_ = workspace ? std::move(workspace) : std::make_unique<SimulatedJets::Workspace>();
      simulate_block(checked, block, part);
      workspace = std::move(part.workspace_);
    });
    for (const SimulatedJets& part : parts) output.append(part);
  } catch (...) {
    output.clear();  // rather than a part
    throw;
  }
}

// Adds the jets of a block.
void JetSimulator::simulate_block(const Given& given, std::size_t block, SimulatedJets& output) const {
  const std::size_t first = block * model_->block, count = std::min(model_->block, given.jets - first);
  const Manifest& manifest = model_->manifest;
  const std::size_t p = manifest.max_constituents, reco_p = manifest.max_output_constituents, row = 3 * reco_p;
  SimulatedJets::Workspace& work = *output.workspace_;
  const std::size_t before = output.size();
  work.make_room_for(manifest, count);
  const auto pids_at = [](bool there, std::vector<std::int32_t>& all, std::size_t place) {
    return there ? all.data() + place : nullptr;
  };

  for (std::size_t j = 0; j < count; ++j) {
    const GenJet jet = prepare_gen_jet(manifest, constituents_of(given.gen, first + j), pids_of(given.gen, first + j),
                                       work.buffers.order, work.constituents.data() + 3 * j * p,
                                       pids_at(manifest.takes_pids(), work.pids, j * p));
    jet_noise(given.seed, given.id(first + j), manifest.noise_size, manifest.inputs[1].of_event,
              work.noise.data() + j * manifest.noise_size);
    work.empty[j] = jet.empty;
    output.jets_.push_back({0, 0, 0, 0, jet.domain_distance > 0, jet.truncated, jet.domain_distance});
  }
  run_tensors(*model_->backend, manifest, count,
              std::array<const void*, 3>{work.constituents.data(), work.noise.data(), work.pids.data()},
              std::array<void*, 2>{work.reco.data(), work.reco_pids.data()});

  for (std::size_t j = 0; j < count; ++j) {
    float* reco = work.reco.data() + j * row;
    if (work.empty[j]) std::fill(reco, reco + row, 0.0f);
    if (!all_finite({reco, row})) {
      throw Error("simulated constituents of jet " + std::to_string(first + j) + " are not finite",
                  "its gen jet is far outside the model's domain", "drop the jet, or find out where it comes from");
    }
    const std::size_t kept = make_reco_jet(manifest, work.buffers, reco,
                                           pids_at(manifest.gives_pids(), work.reco_pids, j * reco_p), output.pids_);
    output.momenta_.insert(output.momenta_.end(), reco, reco + 3 * kept);
    output.offsets_.push_back(output.offsets_.back() + kept);
  }
  jet_kinematics<float>({count, reco_p, 3, {work.reco.data(), count * row}}, {work.kinematics.data(), count});
  for (std::size_t j = 0; j < count; ++j) {
    const JetKinematics<float>& found = work.kinematics[j];
    SimulatedJet& jet = output.jets_[before + j];
    jet.pt = found.pt;
    jet.eta = found.eta;
    jet.phi = found.phi;
    jet.mass = found.mass;
  }
}

std::size_t JetSimulator::max_constituents() const { return model_->manifest.max_constituents; }
std::size_t JetSimulator::max_reco_constituents() const {
  return std::min(model_->manifest.max_output_constituents, model_->manifest.cuts.max_constituents);
}
double JetSimulator::jet_radius() const { return model_->manifest.radius; }
float JetSimulator::domain_distance(float pt, float eta, std::size_t n_constituents) const {
  return pyjetsim::domain_distance(model_->manifest, pt, eta, n_constituents);
}
const std::string& JetSimulator::manifest_json() const { return model_->manifest.json; }
std::string JetSimulator::backend() const { return model_->backend->description(); }

void run_model(const JetSimulator& simulator, std::size_t rows, Span<const void* const> inputs,
               Span<void* const> outputs) {
  run_tensors(*simulator.model_->backend, simulator.model_->manifest, rows, inputs, outputs);
}

}  // namespace pyjetsim
