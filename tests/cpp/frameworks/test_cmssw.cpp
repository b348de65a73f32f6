// The producer of examples/cmssw in a job of one stream: what it puts is what the simulator gives for the same jets.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "DataFormats/Common/interface/Association.h"
#include "DataFormats/JetReco/interface/BasicJet.h"
#include "DataFormats/JetReco/interface/GenJetCollection.h"
#include "DataFormats/ParticleFlowCandidate/interface/PFCandidate.h"
#include "FWCore/Framework/interface/MakerMacros.h"
#include "simulator/gen_jets.h"
#include "simulator/scratch_folder.h"
#include "simulator/small_bundle.h"

namespace {

constexpr unsigned long long kSeed = 12;

class CmsswExample : public testing::Test {
 protected:
  CmsswExample() {
    std::filesystem::create_directories(bundle);
    SmallBundle small(/*with_pids=*/true);
    small.manifest["cuts"]["constituent_pt_min"] = 10.0;  // leaves nothing of some jets
    small.write(bundle);
    setenv("CMSSW_SEARCH_PATH", area.path().c_str(), 1);
    config.addParameter("seed", kSeed);
  }

  std::unique_ptr<stub::Module> module() const { return stub::plugins().at("JetSimProducer")("jetSim", config); }

  // As CMSSW has them: particles, and jets that point at them.
  static void add_gen(edm::Event& event, const GenJets& gen, const std::vector<std::int32_t>& pids) {
    auto particles = std::make_unique<std::vector<reco::LeafCandidate>>();
    for (std::size_t i = 0; i < pids.size(); ++i) {
      const float* p = gen.momenta.data() + 3 * i;
      const reco::Candidate::LorentzVector momentum(p[0], p[1], p[2], std::hypot(p[0], p[1], p[2]));
      particles->emplace_back(0, momentum, reco::Candidate::Point(), pids[i]);
    }
    const auto put = event.add("genParticles", "", std::move(particles));
    auto jets = std::make_unique<reco::GenJetCollection>();
    for (std::size_t j = 0; j < gen.size(); ++j) {
      reco::Jet::Constituents constituents;
      for (std::size_t i = gen.offsets[j]; i < gen.offsets[j + 1]; ++i) constituents.emplace_back(put, i);
      jets->emplace_back(reco::Candidate::LorentzVector(), reco::Candidate::Point(), reco::GenJet::Specific(),
                         constituents);
    }
    event.add("ak5GenJetsNoNu", "", std::move(jets));
  }

  void is_as_simulated(const edm::EventID& id, const edm::Event& event, const GenJets& gen,
                       const std::vector<std::int32_t>& pids) const {
    pyjetsim::SimulatorOptions options;
    options.seed = kSeed;
    pyjetsim::SimulatedJets expected;
    pyjetsim::JetSimulator::load(bundle, options)
        .simulate({id.run(), id.luminosityBlock(), id.event()}, gen.view(pids), expected);

    const auto candidates = event.product<reco::PFCandidateCollection>("jetSim", "constituents");
    const auto jets = event.product<reco::BasicJetCollection>("jetSim");
    const auto links = event.product<edm::Association<reco::GenJetCollection>>("jetSim", "genJets");
    std::size_t candidate = 0, jet = 0;
    for (std::size_t j = 0; j < expected.size(); ++j) {
      const auto momenta = expected.constituents(j);
      if (momenta.empty()) continue;
      ASSERT_LT(jet, jets->size());
      const auto& constituents = (*jets)[jet].daughterPtrVector();
      ASSERT_EQ(constituents.size(), momenta.size() / 3);
      double px = 0, py = 0, pz = 0, energy = 0;
      for (std::size_t i = 0; i < constituents.size(); ++i, ++candidate) {
        EXPECT_EQ(constituents[i].id(), candidates.id());
        EXPECT_EQ(constituents[i].key(), candidate);
        const reco::Candidate& each = *constituents[i];
        EXPECT_EQ(each.px(), momenta[3 * i]);
        EXPECT_EQ(each.py(), momenta[3 * i + 1]);
        EXPECT_EQ(each.pz(), momenta[3 * i + 2]);
        EXPECT_NEAR(each.energy(), std::hypot(each.px(), each.py(), each.pz()), 1e-5 * each.energy());
        // The model here calls all antiparticles, photons too.
        const int pid = expected.pids(j)[i];
        EXPECT_EQ(each.pdgId(), pid == -22 || pid == -130 ? -pid : pid);
        EXPECT_EQ(each.charge() != 0, std::abs(pid) == 211 || std::abs(pid) == 11);
        px += each.px(), py += each.py(), pz += each.pz(), energy += each.energy();
      }
      const reco::BasicJet& simulated = (*jets)[jet];
      EXPECT_NEAR(simulated.px(), px, 1e-9);
      EXPECT_NEAR(simulated.py(), py, 1e-9);
      EXPECT_NEAR(simulated.pz(), pz, 1e-9);
      EXPECT_NEAR(simulated.energy(), energy, 1e-9);
      EXPECT_NEAR(std::hypot(px, py), expected[j].pt, 1e-4 * expected[j].pt);
      EXPECT_EQ(links->get(jets.id(), jet).key(), j);
      ++jet;
    }
    EXPECT_EQ(jet, jets->size());
    EXPECT_EQ(candidate, candidates->size());
    EXPECT_GT(jet, 0u);
    EXPECT_EQ(links->ref().id(), event.product<reco::GenJetCollection>("ak5GenJetsNoNu").id());
  }

  ScratchFolder area;
  std::string bundle = area.path() + "/MyAnalysis/JetSim/data/bundle";
  edm::ParameterSet config;
};

TEST_F(CmsswExample, PutsWhatTheSimulatorGives) {
  const auto producer = module();
  bool any_without = false;
  for (const unsigned long long number : {1ull, 5'000'000'000ull, 7ull}) {
    const edm::EventID id(3, 4, number);
    edm::Event event(id);
    const GenJets gen = GenJets::random(6, static_cast<unsigned>(number));
    const std::vector<std::int32_t> pids = gen.random_pids(static_cast<unsigned>(number));
    add_gen(event, gen, pids);
    producer->produce(event);
    is_as_simulated(id, event, gen, pids);
    any_without = any_without || event.product<reco::BasicJetCollection>("jetSim")->size() < gen.size();
  }
  EXPECT_TRUE(any_without) << "no gen jet is left without a simulated one, so the links are not tested";
}

TEST_F(CmsswExample, AnEventWithoutJetsPutsEmptyProducts) {
  edm::Event event(edm::EventID(1, 1, 1));
  add_gen(event, {}, {});
  module()->produce(event);
  EXPECT_TRUE(event.product<reco::PFCandidateCollection>("jetSim", "constituents")->empty());
  const auto jets = event.product<reco::BasicJetCollection>("jetSim");
  EXPECT_TRUE(jets->empty());
  EXPECT_TRUE((event.product<edm::Association<reco::GenJetCollection>>("jetSim", "genJets")->contains(jets.id())));
}

TEST_F(CmsswExample, JetsOfAnotherRadiusAreRefusedWhenTheJobBegins) {
  config.addParameter("genJetRadius", 0.4);
  try {
    module();
    FAIL() << "0.4 was taken";
  } catch (const cms::Exception& problem) {
    EXPECT_NE(std::string(problem.what()).find("radius 0.5, not 0.4"), std::string::npos) << problem.what();
  }
}

TEST_F(CmsswExample, GenJetsThatAreNotThereAreTheFrameworksError) {
  edm::Event event(edm::EventID(1, 1, 1));
  EXPECT_THROW(module()->produce(event), cms::Exception);
}

}  // namespace
