#include "framework/modules/jet_sim_producer.h"

#include <string>
#include <utility>

#include "framework/module.h"

namespace pyjetsim::framework {
namespace {

constexpr int kStable = 1;

}  // namespace

void VisibleParticles::select(const GenParticles& particles, const InvisibleParticles& invisible,
                              const Acceptance& acceptance) {
  momenta_.clear();
  masses_.clear();
  pids_.clear();
  index_.clear();
  for (std::size_t i = 0; i < particles.size(); ++i) {
    const GenParticle& each = particles[i];
    if (each.status != kStable || !is_visible(each.pid, invisible.ids)) continue;
    if (!acceptance.holds(each.px, each.py, each.pz)) continue;
    momenta_.insert(momenta_.end(), {each.px, each.py, each.pz});
    masses_.push_back(each.mass);
    pids_.push_back(each.pid);
    index_.push_back(i);
  }
}

void JetSimProducer::fillDescriptions(ParameterSetDescription& description) {
  description.add<std::string>("particles");
  description.add<double>("particle_eta_max", kParticleEtaMax);
  description.add<double>("gen_pt_min", kGenPtMin);
  description.add<double>("gen_eta_max", kGenEtaMax);
  description.add<std::string>("bundle");
  description.add<std::string>("backend", SimulatorOptions().backend);
  description.add<std::string>("library", "");
  description.add<std::int64_t>("seed", 0);
}

std::unique_ptr<JetSimulator> JetSimProducer::initializeGlobalCache(const ParameterSet& parameters) {
  SimulatorOptions options;
  options.backend = parameters.getParameter<std::string>("backend");
  options.library = parameters.getParameter<std::string>("library");
  options.seed = static_cast<std::uint64_t>(parameters.getParameter<std::int64_t>("seed"));
  return std::make_unique<JetSimulator>(JetSimulator::load(parameters.getParameter<std::string>("bundle"), options));
}

JetSimProducer::JetSimProducer(const ParameterSet& parameters, const JetSimulator* simulator)
    : particles_tag_(parameters.getParameter<std::string>("particles")),
      acceptance_(0, parameters.getParameter<double>("particle_eta_max")),
      definition_{simulator->jet_radius(), parameters.getParameter<double>("gen_pt_min"),
                  parameters.getParameter<double>("gen_eta_max")} {}

void JetSimProducer::produce(Event& event, const EventSetup& setup) {
  const auto& particles = event.get<GenParticles>(particles_tag_);
  visible_.select(particles, setup.get<InvisibleParticles>(), acceptance_);
  cluster(visible_.view(), definition_, clustered_);
  put_gen(event);
  globalCache()->simulate(event.id(), gen_jets(), simulated_);
  put_simulated(event);
}

JetsView JetSimProducer::gen_jets() {
  momenta_.clear();
  offsets_.clear();
  pids_.clear();
  append_constituents(visible_.view(), clustered_, momenta_, offsets_);
  append_pids(visible_.pids(), clustered_, pids_);
  return {momenta_, offsets_, pids_};
}

void JetSimProducer::put_gen(Event& event) const {
  auto jets = std::make_unique<Jets>();
  auto constituents = std::make_unique<ConstituentIndices>();
  for (const ClusteredJet& jet : clustered_.jets) {
    jets->push_back({static_cast<float>(jet.pt), static_cast<float>(jet.eta), static_cast<float>(jet.phi),
                     static_cast<float>(jet.mass), constituents->size(), jet.count});
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) {
      constituents->push_back(visible_.index(clustered_.constituents[i]));
    }
  }
  event.put(std::move(jets), "gen");
  event.put(std::move(constituents), "genConstituents");
}

void JetSimProducer::put_simulated(Event& event) const {
  auto jets = std::make_unique<Jets>();
  auto constituents = std::make_unique<Constituents>();
  auto links = std::make_unique<GenLinks>();
  for (std::size_t j = 0; j < simulated_.size(); ++j) {
    const Span<const float> momenta = simulated_.constituents(j);
    const Span<const std::int32_t> pids = simulated_.pids(j);
    if (momenta.empty()) continue;
    const SimulatedJet& jet = simulated_[j];
    jets->push_back({jet.pt, jet.eta, jet.phi, jet.mass, constituents->size(), momenta.size() / 3});
    links->push_back({j, jet.outside_domain, jet.truncated});
    for (std::size_t i = 0; i < momenta.size(); i += 3) {
      constituents->push_back({momenta[i], momenta[i + 1], momenta[i + 2], pids[i / 3]});
    }
  }
  event.put(std::move(jets));
  event.put(std::move(constituents), "constituents");
  event.put(std::move(links), "genLinks");
}

DEFINE_FWK_MODULE(JetSimProducer);

}  // namespace pyjetsim::framework
