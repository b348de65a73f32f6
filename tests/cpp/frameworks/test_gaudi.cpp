// The functional of examples/gaudi on a few events: what it returns is what clustering and simulating give.
#include <gtest/gtest.h>

#include <cmath>

#include "Gaudi/Algorithm.h"
#include "edm4hep/EventHeaderCollection.h"
#include "edm4hep/MCParticleCollection.h"
#include "edm4hep/ReconstructedParticleCollection.h"
#include "podio/UserDataCollection.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"
#include "simulator/scratch_folder.h"
#include "simulator/small_bundle.h"

namespace {

constexpr std::uint64_t kSeed = 12;

struct Event {
  explicit Event(std::int32_t number) {
    auto header = std::make_unique<edm4hep::EventHeaderCollection>();
    auto made = header->create();
    made.setRunNumber(3);
    made.setEventNumber(number);
    context.store()["EventHeader"] = std::move(header);
    context.store()["MCParticles"] = std::make_unique<edm4hep::MCParticleCollection>();
  }

  // `used`: that it is to be clustered.
  void add(double pt, double eta, double phi, std::int32_t pid, std::int32_t status, bool used) {
    auto& particles = dynamic_cast<edm4hep::MCParticleCollection&>(*context.store()["MCParticles"]);
    const double p[] = {pt * std::cos(phi), pt * std::sin(phi), pt * std::sinh(eta)};
    auto particle = particles.create();
    particle.setMomentum({p[0], p[1], p[2]});
    particle.setMass(0.1);
    particle.setPDG(pid);
    particle.setGeneratorStatus(status);
    if (!used) return;
    momenta.insert(momenta.end(), p, p + 3);
    masses.push_back(0.1);
    pids.push_back(pid);
  }

  template <typename T>
  const T& get(const std::string& name) const {
    return dynamic_cast<const T&>(*context.store().at(name));
  }

  EventContext context;
  std::vector<double> momenta, masses;
  std::vector<std::int32_t> pids;
};

// Four gen jets, and particles that are in none: beams, neutrinos, decayed ones.
Event event_of(std::int32_t number) {
  Event event(number);
  for (int i = 0; i < 6; ++i) {
    const double step = 0.03 * i;
    event.add(80 - 5 * i, 0.3 + step, 1.0 - step, 211, 1, true);
    event.add(60 - 4 * i, -0.8 + step, 4.1 + step, i % 2 == 0 ? 22 : -211, 1, true);
    event.add(200, 0.3, 1.0, 15, 2, false);
    event.add(90, -0.8, 4.1, 14, 1, false);
  }
  // All constituents of two jets are below the cut on what the model gives.
  for (int i = 0; i < 6; ++i) {
    for (const double sign : {1.0, -1.0}) event.add(18, sign * 2.0, 2.5 + 0.01 * i, 130, 1, true);
  }
  for (const double sign : {1.0, -1.0}) event.add(300, sign * 7.0, 2.0, 2212, 1, false);
  return event;
}

class GaudiExample : public testing::Test {
 protected:
  GaudiExample() {
    SmallBundle small(/*with_pids=*/true);
    small.manifest["cuts"]["constituent_pt_min"] = 20.0;
    small.write(folder.path());
  }

  std::unique_ptr<Gaudi::Algorithm> algorithm() const {
    auto made = stub::components().at("JetSimTransformer")("JetSim");
    made->setProperty("Bundle", folder.path());
    made->setProperty("Seed", std::to_string(kSeed));
    return made;
  }

  void is_as_simulated(const Event& event, std::uint64_t number) const {
    pyjetsim::ClusteredJets gen;
    pyjetsim::cluster({event.momenta, event.masses}, {0.5, 100, 3}, gen);
    std::vector<float> packed;
    std::vector<std::size_t> offsets;
    std::vector<std::int32_t> pids;
    pyjetsim::append_constituents({event.momenta, event.masses}, gen, packed, offsets);
    pyjetsim::append_pids(event.pids, gen, pids);
    pyjetsim::SimulatorOptions options;
    options.seed = kSeed;
    pyjetsim::SimulatedJets expected;
    pyjetsim::JetSimulator::load(folder.path(), options).simulate({3, 0, number}, {packed, offsets, pids}, expected);
    ASSERT_EQ(expected.size(), 4u);

    const auto& jets = event.get<edm4hep::ReconstructedParticleCollection>("SimulatedJets");
    const auto& constituents = event.get<edm4hep::ReconstructedParticleCollection>("SimulatedConstituents");
    const auto& numbers = event.get<podio::UserDataCollection<std::int32_t>>("SimulatedGenJetNumbers");
    ASSERT_EQ(numbers.size(), jets.size());
    std::size_t constituent = 0, jet = 0;
    for (std::size_t j = 0; j < expected.size(); ++j) {
      const auto momenta = expected.constituents(j);
      if (momenta.empty()) continue;
      ASSERT_LT(jet, jets.size());
      ASSERT_LE(constituent + momenta.size() / 3, constituents.size());
      EXPECT_EQ(jets[jet].getParticles().size(), momenta.size() / 3);
      double px = 0, py = 0, pz = 0, energy = 0;
      for (std::size_t i = 0; i < momenta.size() / 3; ++i, ++constituent) {
        const auto& p = constituents[constituent].getMomentum();
        EXPECT_EQ(p.x, momenta[3 * i]);
        EXPECT_EQ(p.y, momenta[3 * i + 1]);
        EXPECT_EQ(p.z, momenta[3 * i + 2]);
        EXPECT_EQ(constituents[constituent].getPDG(), expected.pids(j)[i]);
        const auto& linked = jets[jet].getParticles()[i].getMomentum();
        px += linked.x, py += linked.y, pz += linked.z, energy += std::hypot(linked.x, linked.y, linked.z);
      }
      const auto& sum = jets[jet].getMomentum();
      EXPECT_NEAR(sum.x, px, 1e-5 * energy);
      EXPECT_NEAR(sum.y, py, 1e-5 * energy);
      EXPECT_NEAR(sum.z, pz, 1e-5 * energy);
      EXPECT_NEAR(jets[jet].getEnergy(), energy, 1e-5 * energy);
      EXPECT_EQ(jets[jet].getMass(), expected[j].mass);
      EXPECT_EQ(numbers[jet], static_cast<std::int32_t>(j));
      ++jet;
    }
    EXPECT_EQ(jet, jets.size());
    EXPECT_EQ(constituent, constituents.size());
    EXPECT_GT(jet, 0u);
  }

  ScratchFolder folder;
};

TEST_F(GaudiExample, ReturnsWhatTheSimulatorGives) {
  const auto transformer = algorithm();
  ASSERT_TRUE(transformer->initialize().isSuccess());
  bool any_without = false;
  for (const std::int32_t number : {1, 2, 3, 4, 5, 6}) {
    const Event event = event_of(number);
    ASSERT_TRUE(transformer->execute(event.context).isSuccess());
    is_as_simulated(event, static_cast<std::uint64_t>(number));
    any_without = any_without || event.get<edm4hep::ReconstructedParticleCollection>("SimulatedJets").size() < 4;
  }
  EXPECT_TRUE(any_without) << "no gen jet is left without a simulated one, so their numbers are not tested";
}

TEST_F(GaudiExample, AnEventWithoutJetsReturnsEmptyCollections) {
  const auto transformer = algorithm();
  ASSERT_TRUE(transformer->initialize().isSuccess());
  const Event event(1);
  ASSERT_TRUE(transformer->execute(event.context).isSuccess());
  EXPECT_EQ(event.context.store().at("SimulatedJets")->size(), 0u);
  EXPECT_EQ(event.context.store().at("SimulatedConstituents")->size(), 0u);
  EXPECT_EQ(event.context.store().at("SimulatedGenJetNumbers")->size(), 0u);
}

TEST_F(GaudiExample, ABundleThatIsMissingIsAMessageAndAFailure) {
  const auto transformer = algorithm();
  transformer->setProperty("Bundle", folder.path() + "/none");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(transformer->initialize().isFailure());
  EXPECT_NE(testing::internal::GetCapturedStderr().find("/none"), std::string::npos);
}

}  // namespace
