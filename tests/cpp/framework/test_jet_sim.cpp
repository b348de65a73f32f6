// JetSimProducer: from gen particles to simulated jets and their links.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "framework/events.h"
#include "framework/modules/products.h"
#include "framework/processor.h"
#include "framework/toys.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim::framework {
namespace {

ParameterSet simulating() {
  return ParameterSet().set("particles", "source").set("bundle", "smearing").set("gen_pt_min", 20).set("seed", 7);
}

ProcessConfig simulation(unsigned threads, const ParameterSet& parameters = simulating()) {
  ProcessConfig config;
  config.path = {{"sim", "JetSimProducer", parameters}};
  config.threads = threads;
  config.setup.put(InvisibleParticles());
  return config;
}

std::vector<std::string> simulated(unsigned threads, std::vector<std::uint64_t> numbers) {
  EventSource source(std::move(numbers));
  ExactOutput output;
  EventProcessor(simulation(threads), source, {&output}).run();
  return output.events;
}

// Looks at the products of events while they are there.
template <typename Look>
void look_at(std::vector<std::uint64_t> numbers, Look look, const ParameterSet& parameters = simulating()) {
  struct Looking : OutputModule {
    explicit Looking(Look& each) : look(each) {}
    void write(const Event& event) override { look(event); }
    Look& look;
  } output(look);
  EventSource source(std::move(numbers));
  EventProcessor(simulation(1, parameters), source, {&output}).run();
}

TEST(JetSimProducer, GivesTheSameBitsOnAnyNumberOfThreads) {
  const std::vector<std::string> alone = simulated(1, numbers_to(200));
  ASSERT_EQ(alone.size(), 201u);
  EXPECT_GT(std::set<std::string>(alone.begin(), alone.end()).size(), 200u);
  EXPECT_EQ(simulated(2, numbers_to(200)), alone);
  EXPECT_EQ(simulated(4, numbers_to(200)), alone);
}

TEST(JetSimProducer, GivesTheSameBitsInAnyOrderOfEvents) {
  std::vector<std::uint64_t> backwards = numbers_to(100);
  std::reverse(backwards.begin(), backwards.end());
  std::vector<std::string> turned = simulated(4, backwards);
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(turned, simulated(1, numbers_to(100)));
}

TEST(JetSimProducer, ClustersTheVisibleStableParticlesOnly) {
  std::size_t jets = 0;
  look_at(numbers_to(50), [&](const Event& event) {
    const auto& particles = event.get<GenParticles>(InputTag("source"));
    const auto& gen = event.get<Jets>(InputTag("sim:gen"));
    const auto& constituents = event.get<ConstituentIndices>(InputTag("sim:genConstituents"));
    for (const Jet& jet : gen) {
      double px = 0, py = 0;
      for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) {
        const GenParticle& each = particles[constituents[i]];
        EXPECT_NE(each.pid, -14);
        EXPECT_EQ(each.status, 1);
        px += each.px, py += each.py;
      }
      EXPECT_NEAR(std::hypot(px, py), jet.pt, 1e-4 * jet.pt);
      EXPECT_GT(jet.pt, 20);
      EXPECT_LT(std::abs(jet.eta), 3);
    }
    jets += gen.size();
  });
  EXPECT_GT(jets, 50u);
}

TEST(JetSimProducer, AsksTheEventSetupWhatIsInvisible) {
  ProcessConfig config = simulation(1);
  InvisibleParticles invisible;
  invisible.ids = {211, 22};
  config.setup.put(invisible);
  EventSource source({1, 2, 3});
  struct Looking : OutputModule {
    void write(const Event& event) override {
      for (const std::size_t each : event.get<ConstituentIndices>(InputTag("sim:genConstituents"))) {
        EXPECT_EQ(event.get<GenParticles>(InputTag("source"))[each].pid, -14);
        ++seen;
      }
    }
    int seen = 0;
  } output;
  EventProcessor(config, source, {&output}).run();
  EXPECT_GT(output.seen, 0);

  config.setup = {};
  EXPECT_NE(error_of([&] {
              EventSource more({1});
              EventProcessor(config, more).run();
            }).find("module 'sim' (JetSimProducer): the event setup has no pyjetsim::framework::InvisibleParticles"),
            std::string::npos);
}

TEST(JetSimProducer, PutsWhatTheSimulatorAnswersAndLinksIt) {
  // As a program would that calls the library itself.
  const JetSimulator simulator = [] {
    SimulatorOptions options;
    options.seed = 7;
    return JetSimulator::load("smearing", options);
  }();
  int lost = 0, outside = 0, photons = 0;
  look_at(
      numbers_to(100),
      [&](const Event& event) {
        const auto& particles = event.get<GenParticles>(InputTag("source"));
        const auto& gen = event.get<Jets>(InputTag("sim:gen"));
        std::vector<float> momenta;
        std::vector<std::size_t> offsets = {0};
        std::vector<std::int32_t> pids;
        for (const std::size_t i : event.get<ConstituentIndices>(InputTag("sim:genConstituents"))) {
          for (const double x : {particles[i].px, particles[i].py, particles[i].pz})
            momenta.push_back(static_cast<float>(x));
          pids.push_back(particles[i].pid);
        }
        for (const Jet& jet : gen) offsets.push_back(jet.first + jet.count);
        SimulatedJets expected;
        simulator.simulate(event.id(), {momenta, offsets, pids}, expected);

        const auto& jets = event.get<Jets>(InputTag("sim"));
        const auto& links = event.get<GenLinks>(InputTag("sim:genLinks"));
        const auto& constituents = event.get<Constituents>(InputTag("sim:constituents"));
        ASSERT_EQ(jets.size(), links.size());
        std::set<std::size_t> linked;
        for (std::size_t j = 0; j < jets.size(); ++j) {
          const SimulatedJet& answer = expected[links[j].gen_jet];
          const Span<const float> rows = expected.constituents(links[j].gen_jet);
          EXPECT_EQ(jets[j].pt, answer.pt);
          EXPECT_EQ(jets[j].mass, answer.mass);
          EXPECT_EQ(links[j].outside_domain, answer.outside_domain);
          EXPECT_EQ(links[j].truncated, answer.truncated);
          ASSERT_EQ(jets[j].count, rows.size() / 3);
          for (std::size_t i = 0; i < jets[j].count; ++i) {
            EXPECT_EQ(constituents[jets[j].first + i].pz, rows[3 * i + 2]);
            EXPECT_EQ(constituents[jets[j].first + i].pid, expected.pids(links[j].gen_jet)[i]);
            photons += constituents[jets[j].first + i].pid == -22;
          }
          outside += answer.outside_domain;
          linked.insert(links[j].gen_jet);
        }
        EXPECT_EQ(linked.size(), jets.size());
        for (std::size_t j = 0; j < expected.size(); ++j) {
          EXPECT_EQ(linked.count(j), expected.constituents(j).empty() ? 0u : 1u);
          lost += expected.constituents(j).empty();
        }
      },
      simulating().set("gen_pt_min", 1));
  EXPECT_GT(lost, 0) << "no jet without constituents was tried";
  EXPECT_GT(photons, 0) << "all were of one kind";
  EXPECT_GT(outside, 0) << "no jet outside the domain was tried";
}

TEST(JetSimProducer, PutsEmptyProductsForAnEventWithoutJets) {
  look_at({0}, [](const Event& event) {
    EXPECT_TRUE(event.get<Jets>(InputTag("sim:gen")).empty());
    EXPECT_TRUE(event.get<Jets>(InputTag("sim")).empty());
    EXPECT_TRUE(event.get<GenLinks>(InputTag("sim:genLinks")).empty());
  });
}

TEST(JetSimProducer, GivesOtherJetsForAnotherSeed) {
  std::vector<float> pt[2];
  for (int seed : {0, 1}) {
    const auto keep = [&](const Event& event) {
      for (const Jet& jet : event.get<Jets>(InputTag("sim"))) pt[seed].push_back(jet.pt);
    };
    look_at({1, 2, 3}, keep, simulating().set("seed", seed));
  }
  ASSERT_EQ(pt[0].size(), pt[1].size());
  for (std::size_t j = 0; j < pt[0].size(); ++j) EXPECT_NE(pt[0][j], pt[1][j]);
}

TEST(JetSimProducer, TellsWhatItCannotUse) {
  EventSource none({});
  const ParameterSet elsewhere = simulating().set("bundle", "elsewhere");
  EXPECT_NE(error_of([&] {
              EventProcessor(simulation(1, elsewhere), none);
            }).find("begin of the job: module 'sim' (JetSimProducer): elsewhere is not there"),
            std::string::npos);

  struct Broken : Source {
    bool next(EventPrincipal& event) override {
      GenParticles particles = particles_of(3);
      particles[5].px = NAN;
      event.set_id({1, 2, 99});
      event.put(InputTag("source"), typeid(GenParticles), std::make_shared<const GenParticles>(particles));
      return true;
    }
  } broken;
  const std::string error = error_of([&] { EventProcessor(simulation(2), broken).run(); });
  EXPECT_EQ(error.find("run 1, luminosity block 2, event 99: module 'sim' (JetSimProducer): "), 0u) << error;
  EXPECT_NE(error.find("finite"), std::string::npos) << error;
}

}  // namespace
}  // namespace pyjetsim::framework
