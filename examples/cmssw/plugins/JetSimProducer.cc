// Simulated jets from GenJets, with one model for all streams. What to change is marked CHANGE.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "DataFormats/Common/interface/Association.h"
#include "DataFormats/JetReco/interface/BasicJet.h"
#include "DataFormats/JetReco/interface/BasicJetCollection.h"
#include "DataFormats/JetReco/interface/GenJetCollection.h"
#include "DataFormats/ParticleFlowCandidate/interface/PFCandidate.h"
#include "DataFormats/ParticleFlowCandidate/interface/PFCandidateFwd.h"
#include "FWCore/Framework/interface/Event.h"
#include "FWCore/Framework/interface/MakerMacros.h"
#include "FWCore/Framework/interface/stream/EDProducer.h"
#include "FWCore/ParameterSet/interface/ConfigurationDescriptions.h"
#include "FWCore/ParameterSet/interface/FileInPath.h"
#include "FWCore/ParameterSet/interface/ParameterSet.h"
#include "FWCore/ParameterSet/interface/ParameterSetDescription.h"
#include "FWCore/Utilities/interface/Exception.h"
#include "pyjetsim/simulator.h"

class JetSimProducer : public edm::stream::EDProducer<edm::GlobalCache<pyjetsim::JetSimulator>> {
 public:
  JetSimProducer(const edm::ParameterSet& config, const pyjetsim::JetSimulator*)
      : genJets_(consumes<reco::GenJetCollection>(config.getParameter<edm::InputTag>("genJets"))) {
    produces<reco::PFCandidateCollection>("constituents");
    produces<reco::BasicJetCollection>();
    produces<edm::Association<reco::GenJetCollection>>("genJets");
  }

  static std::unique_ptr<pyjetsim::JetSimulator> initializeGlobalCache(const edm::ParameterSet& config) {
    pyjetsim::SimulatorOptions options;
    options.seed = config.getParameter<unsigned long long>("seed");
    // The manifest stands beside the model: its folder is the bundle.
    const std::string manifest = config.getParameter<edm::FileInPath>("manifest").fullPath();
    auto simulator = std::make_unique<pyjetsim::JetSimulator>(
        pyjetsim::JetSimulator::load(manifest.substr(0, manifest.rfind('/')), options));
    // GenJets do not know their radius, and a model is good for one.
    if (std::abs(simulator->jet_radius() - config.getParameter<double>("genJetRadius")) > 1e-6) {
      throw cms::Exception("Configuration") << "the model is for anti-kt jets of radius " << simulator->jet_radius()
                                            << ", not " << config.getParameter<double>("genJetRadius");
    }
    return simulator;
  }
  static void globalEndJob(const pyjetsim::JetSimulator*) {}

  static void fillDescriptions(edm::ConfigurationDescriptions& descriptions) {
    edm::ParameterSetDescription description;
    description.add<edm::InputTag>("genJets", edm::InputTag("ak5GenJetsNoNu"));  // CHANGE: jets of the bundle's radius
    description.add<double>("genJetRadius", 0.5);
    // CHANGE: where the bundle is. FileInPath looks for it here already, when scram writes the plugin's configuration.
    description.add<edm::FileInPath>("manifest", edm::FileInPath("MyAnalysis/JetSim/data/bundle/manifest.json"));
    description.add<unsigned long long>("seed", 0);
    descriptions.addWithDefaultLabel(description);
  }

 private:
  void produce(edm::Event& event, const edm::EventSetup&) override {
    const auto gen = event.getHandle(genJets_);
    momenta_.clear();
    pids_.clear();
    offsets_.assign(1, 0);
    for (const reco::GenJet& jet : *gen) {
      for (const reco::CandidatePtr& each : jet.daughterPtrVector()) {
        momenta_.insert(momenta_.end(), {static_cast<float>(each->px()), static_cast<float>(each->py()),
                                         static_cast<float>(each->pz())});
        pids_.push_back(each->pdgId());
      }
      offsets_.push_back(momenta_.size() / 3);
    }
    // The noise comes from the seed, these numbers and the jet's place: any stream gives the same jets.
    globalCache()->simulate({event.id().run(), event.id().luminosityBlock(), event.id().event()},
                            {momenta_, offsets_, pids_}, simulated_);
    put(event, gen);
  }

  struct Kind {
    int charge;
    reco::PFCandidate::ParticleType type;
  };

  // Of the model's PDG id: a track's hypothesis, 22, 130, or 0 where it does not tell.
  static Kind candidate_of(int pid) {
    const int sign = pid > 0 ? 1 : -1;
    switch (std::abs(pid)) {
      case 0:
        return {0, reco::PFCandidate::X};
      case 11:
        return {-sign, reco::PFCandidate::e};
      case 13:
        return {-sign, reco::PFCandidate::mu};
      case 22:
        return {0, reco::PFCandidate::gamma};
      case 130:
        return {0, reco::PFCandidate::h0};
      default:
        return {sign, reco::PFCandidate::h};
    }
  }

  void put(edm::Event& event, const edm::Handle<reco::GenJetCollection>& gen) const {
    auto candidates = std::make_unique<reco::PFCandidateCollection>();
    const pyjetsim::JetsView view = simulated_.view();
    for (std::size_t i = 0; i < view.momenta.size(); i += 3) {
      const float px = view.momenta[i], py = view.momenta[i + 1], pz = view.momenta[i + 2];
      const auto [charge, kind] = candidate_of(view.pids[i / 3]);
      candidates->emplace_back(charge, reco::PFCandidate::LorentzVector(px, py, pz, std::hypot(px, py, pz)), kind);
    }
    const auto put_candidates = event.put(std::move(candidates), "constituents");

    auto jets = std::make_unique<reco::BasicJetCollection>();
    std::vector<int> genIndex;
    for (std::size_t j = 0; j < simulated_.size(); ++j) {
      if (simulated_.constituents(j).empty()) continue;  // the detector left nothing of it
      reco::Jet::Constituents constituents;
      reco::Candidate::LorentzVector momentum;
      for (std::size_t i = view.offsets[j]; i < view.offsets[j + 1]; ++i) {
        constituents.emplace_back(put_candidates, i);
        momentum += (*put_candidates)[i].p4();
      }
      jets->emplace_back(momentum, reco::Candidate::Point(), constituents);
      genIndex.push_back(static_cast<int>(j));
    }
    const auto put_jets = event.put(std::move(jets));

    auto links = std::make_unique<edm::Association<reco::GenJetCollection>>(gen);
    edm::Association<reco::GenJetCollection>::Filler filler(*links);
    filler.insert(put_jets, genIndex.begin(), genIndex.end());
    filler.fill();
    event.put(std::move(links), "genJets");
  }

  const edm::EDGetTokenT<reco::GenJetCollection> genJets_;

  // Kept for their memory.
  std::vector<float> momenta_;
  std::vector<std::size_t> offsets_;
  std::vector<std::int32_t> pids_;
  pyjetsim::SimulatedJets simulated_;
};

DEFINE_FWK_MODULE(JetSimProducer);
