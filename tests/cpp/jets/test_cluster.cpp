// Clustering against anti-kt by hand, and what it promises beside.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "anti_kt_by_hand.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

const double kPi = std::acos(-1.0);

ClusteredJets clustered(const RandomEvent& event, const JetDefinition& definition) {
  ClusteredJets output;
  cluster({event.momenta, event.masses}, definition, output);
  return output;
}

std::vector<std::size_t> constituents(const ClusteredJets& output, std::size_t jet) {
  const auto first = output.constituents.begin() + static_cast<std::ptrdiff_t>(output.jets[jet].first);
  return {first, first + static_cast<std::ptrdiff_t>(output.jets[jet].count)};
}

class Radius : public testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Cluster, Radius, testing::Values(0.2, 0.5, 1.0));

TEST_P(Radius, GivesTheJetsOfAntiKt) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    const auto event = random_event(60, seed);
    const auto expected = anti_kt_by_hand(event, GetParam());
    const auto found = clustered(event, {GetParam()});
    ASSERT_EQ(found.jets.size(), expected.size());
    EXPECT_EQ(found.constituents.size(), 60u);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& jet = found.jets[i];
      const auto& by_hand = expected[i];
      EXPECT_NEAR(jet.pt, by_hand.pt(), 1e-9 * by_hand.pt());
      EXPECT_NEAR(jet.eta, std::asinh(by_hand.pz / by_hand.pt()), 1e-9);
      EXPECT_NEAR(std::remainder(jet.phi - std::atan2(by_hand.py, by_hand.px), 2 * kPi), 0, 1e-9);
      EXPECT_NEAR(jet.mass, by_hand.mass(), 1e-4);
      auto members = constituents(found, i), others = by_hand.constituents;
      std::sort(members.begin(), members.end());
      std::sort(others.begin(), others.end());
      EXPECT_EQ(members, others);
    }
  }
}

TEST(Cluster, SortsConstituentsByPtAndThenByNumber) {
  const auto event = random_event(200, 7);
  const auto found = clustered(event, {});
  for (std::size_t jet = 0; jet < found.jets.size(); ++jet) {
    const auto members = constituents(found, jet);
    for (std::size_t i = 1; i < members.size(); ++i) {
      const auto pt = [&event](std::size_t p) {
        return std::hypot(static_cast<float>(event.momenta[3 * p]), static_cast<float>(event.momenta[3 * p + 1]));
      };
      EXPECT_GE(pt(members[i - 1]), pt(members[i]));
    }
  }
  const std::vector<double> equal = {3, 4, 0, 4, 3, 0, 9, 9, 0, 4, 3, 0.1};
  ClusteredJets output;
  cluster({equal}, {}, output);
  EXPECT_EQ(output.constituents, (std::vector<std::size_t>{2, 0, 1, 3}));
}

TEST(Cluster, CutsOnPtAndEtaAreExclusive) {
  const std::vector<double> momenta = {30, 40, 0, 0, -50, 0, 10, 0, 1000, 51, 0, 0};
  ClusteredJets output;
  cluster({momenta}, {0.4, 50}, output);
  ASSERT_EQ(output.jets.size(), 1u);
  EXPECT_EQ(output.jets[0].pt, 51);
  EXPECT_EQ(output.constituents, std::vector<std::size_t>{3});
  cluster({momenta}, {0.4, 0, std::asinh(100.0)}, output);
  EXPECT_EQ(output.jets.size(), 3u);
  cluster({momenta}, {0.4, 0, 6}, output);
  EXPECT_EQ(output.jets.size(), 4u);
}

TEST(Cluster, LeavesOutParticlesAtRest) {
  // The third is at rest as far as a float can tell; none of them turns the jet's axis.
  const std::vector<double> momenta = {50, 0, 0.1, 0, 0, 0, 1e-60, 0, 0}, masses = {0.1, 100, 100};
  ClusteredJets alone, together;
  cluster({{momenta.data(), 3}, {masses.data(), 1}}, {}, alone);
  cluster({momenta, masses}, {}, together);
  EXPECT_EQ(together.constituents, std::vector<std::size_t>{0});
  EXPECT_EQ(together.jets[0].mass, alone.jets[0].mass);
}

TEST(Cluster, OfNothingIsNothingAndClearsWhatWasThere) {
  ClusteredJets output = clustered(random_event(50, 1), {});
  ASSERT_FALSE(output.jets.empty());
  cluster({}, {}, output);
  EXPECT_TRUE(output.jets.empty());
  EXPECT_TRUE(output.constituents.empty());
  const std::vector<double> at_rest(6);
  cluster({at_rest}, {}, output);
  EXPECT_TRUE(output.jets.empty());
}

TEST(Cluster, KeepsItsMemoryForTheNextEvent) {
  const auto large = random_event(300, 1), small = random_event(100, 2);
  ClusteredJets output = clustered(large, {});
  const auto* jets = output.jets.data();
  const auto* members = output.constituents.data();
  cluster({small.momenta, small.masses}, {}, output);
  EXPECT_EQ(output.jets.data(), jets);
  EXPECT_EQ(output.constituents.data(), members);
}

TEST(Cluster, KeepsTheMassOfALightJetAtHighMomentum) {
  // Two particles of 5 TeV, 0.2 mrad apart: the mass is 2 * 5000 * sin(0.1 mrad).
  const double half = 1e-4, x = 5000 * std::cos(half), y = 5000 * std::sin(half);
  const std::vector<double> momenta = {x, y, 0, x, -y, 0};
  ClusteredJets output;
  cluster({momenta}, {}, output);
  ASSERT_EQ(output.jets.size(), 1u);
  EXPECT_NEAR(output.jets[0].mass, 10000 * std::sin(half), 1e-6);
}

TEST(FastJet, IsTheOneItWasBuiltFor) { EXPECT_EQ(fastjet_version().substr(0, 2), "3."); }

}  // namespace
}  // namespace pyjetsim
