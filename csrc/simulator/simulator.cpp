#include "pyjetsim/simulator.h"

#include <algorithm>
#include <utility>

#include "pyjetsim/error.h"
#include "pyjetsim/kinematics.h"
#include "simulator/backend.h"
#include "simulator/bundle_files.h"
#include "simulator/gen_jet.h"
#include "simulator/golden.h"
#include "simulator/jets_view.h"
#include "simulator/reco_jet.h"

namespace pyjetsim {
namespace {

// Jets in one inference: all of any event, and of large batches so many that they stay in the cache.
constexpr std::size_t kBlock = 64;

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
    make_room(pids, manifest.uses_pids() ? gen : 0);
    make_room(noise, jets * manifest.noise_size);
    make_room(reco, 3 * answers);
    make_room(reco_pids, manifest.tells_pids() ? answers : 0);
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

struct JetSimulator::Model {
  Manifest manifest;
  std::unique_ptr<const Backend> backend;
  std::uint64_t seed;
};

JetSimulator::JetSimulator(std::unique_ptr<const Model> model) : model_(std::move(model)) {}
JetSimulator::~JetSimulator() = default;
JetSimulator::JetSimulator(JetSimulator&&) noexcept = default;
JetSimulator& JetSimulator::operator=(JetSimulator&&) noexcept = default;

JetSimulator JetSimulator::load(const std::string& bundle, const SimulatorOptions& options) {
  const Bundle files = read_bundle(bundle);
  auto backend = make_backend(options.backend, files, {options.library, options.threads});
  replay_golden(*backend, files);
  return JetSimulator(std::make_unique<Model>(Model{files.manifest, std::move(backend), options.seed}));
}

void JetSimulator::simulate(const EventId& event, const JetsView& gen, SimulatedJets& output) const {
  const auto id_of = [&event](std::size_t jet) { return JetId{event.run, event.luminosity_block, event.event, jet}; };
  simulate_each(model_->seed, id_of, gen, output);
}

void JetSimulator::simulate(Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const {
  simulate(model_->seed, ids, gen, output);
}

void JetSimulator::simulate(std::uint64_t seed, Span<const JetId> ids, const JetsView& gen,
                            SimulatedJets& output) const {
  const std::size_t jets = gen.offsets.empty() ? 0 : gen.offsets.size() - 1;
  if (ids.size() != jets) {
    throw Error("there are " + std::to_string(ids.size()) + " ids for " + std::to_string(jets) + " jets",
                "each jet's noise is keyed by its own", "give one id a jet");
  }
  simulate_each(seed, [ids](std::size_t jet) { return ids[jet]; }, gen, output);
}

template <typename IdOf>
void JetSimulator::simulate_each(std::uint64_t seed, const IdOf& id_of, const JetsView& gen,
                                 SimulatedJets& output) const {
  output.clear();
  const std::size_t jets = check_jets(gen);
  try {
    for (std::size_t first = 0; first < jets; first += kBlock) {
      simulate_block(seed, id_of, gen, first, std::min(kBlock, jets - first), output);
    }
  } catch (...) {
    output.clear();  // rather than a part
    throw;
  }
}

template <typename IdOf>
void JetSimulator::simulate_block(std::uint64_t seed, const IdOf& id_of, const JetsView& gen, std::size_t first,
                                  std::size_t count, SimulatedJets& output) const {
  const Manifest& manifest = model_->manifest;
  const std::size_t p = manifest.max_constituents, reco_p = manifest.max_output_constituents, row = 3 * reco_p;
  if (!output.workspace_) output.workspace_ = std::make_unique<SimulatedJets::Workspace>();
  SimulatedJets::Workspace& work = *output.workspace_;
  work.make_room_for(manifest, count);
  const auto pids_at = [](bool there, std::vector<std::int32_t>& all, std::size_t place) {
    return there ? all.data() + place : nullptr;
  };

  for (std::size_t j = 0; j < count; ++j) {
    const GenJet jet =
        prepare_gen_jet(manifest, constituents_of(gen, first + j), pids_of(gen, first + j), work.buffers.order,
                        work.constituents.data() + 3 * j * p, pids_at(manifest.uses_pids(), work.pids, j * p));
    jet_noise(seed, id_of(first + j), manifest.noise_size, work.noise.data() + j * manifest.noise_size);
    work.empty[j] = jet.empty;
    output.jets_.push_back({0, 0, 0, 0, jet.domain_distance > 0, jet.truncated, jet.domain_distance});
  }
  model_->backend->run({count, work.constituents.data(), work.noise.data(), work.pids.data()},
                       {work.reco.data(), work.reco_pids.data()});

  for (std::size_t j = 0; j < count; ++j) {
    float* reco = work.reco.data() + j * row;
    if (work.empty[j]) std::fill(reco, reco + row, 0.0f);
    if (!all_finite({reco, row})) {
      throw Error("simulated constituents of jet " + std::to_string(first + j) + " are not finite",
                  "its gen jet is far outside the model's domain", "drop the jet, or find out where it comes from");
    }
    const std::size_t kept = make_reco_jet(manifest, work.buffers, reco,
                                           pids_at(manifest.tells_pids(), work.reco_pids, j * reco_p), output.pids_);
    output.momenta_.insert(output.momenta_.end(), reco, reco + 3 * kept);
    output.offsets_.push_back(output.offsets_.back() + kept);
  }
  jet_kinematics<float>({count, reco_p, 3, {work.reco.data(), count * row}}, {work.kinematics.data(), count});
  for (std::size_t j = 0; j < count; ++j) {
    const JetKinematics<float>& found = work.kinematics[j];
    SimulatedJet& jet = output.jets_[first + j];
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
const std::string& JetSimulator::manifest_json() const { return model_->manifest.json; }
std::string JetSimulator::backend() const { return model_->backend->description(); }

}  // namespace pyjetsim
