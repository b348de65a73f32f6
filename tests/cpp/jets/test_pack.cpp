// The constituents of jets, side by side.
#include <gtest/gtest.h>

#include "pyjetsim/jets.h"
#include "random_event.h"

namespace pyjetsim {
namespace {

TEST(AppendConstituents, PutsThoseOfAllJetsSideBySide) {
  std::vector<float> momenta;
  std::vector<std::size_t> offsets;
  std::vector<std::int32_t> pids;
  std::size_t jets = 0, constituents = 0;
  for (const std::uint32_t seed : {1u, 2u}) {
    const RandomEvent event = random_event(80, seed);
    ClusteredJets clustered;
    cluster({event.momenta, event.masses}, {0.5, 1, 2.5}, clustered);
    ASSERT_GT(clustered.jets.size(), 1u);
    append_constituents({event.momenta, event.masses}, clustered, momenta, offsets);
    std::vector<std::int32_t> of_particles(event.masses.size());
    for (std::size_t i = 0; i < of_particles.size(); ++i) of_particles[i] = static_cast<std::int32_t>(1000 - i);
    append_pids(of_particles, clustered, pids);
    ASSERT_EQ(offsets.size(), jets + clustered.jets.size() + 1);
    for (const ClusteredJet& jet : clustered.jets) {
      EXPECT_EQ(offsets[jets + 1] - offsets[jets], jet.count);
      ++jets;
    }
    for (const std::size_t particle : clustered.constituents) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        EXPECT_EQ(momenta[3 * constituents + axis], static_cast<float>(event.momenta[3 * particle + axis]));
      }
      EXPECT_EQ(pids[constituents], 1000 - static_cast<std::int32_t>(particle));
      ++constituents;
    }
    EXPECT_EQ(pids.size(), constituents);
    EXPECT_EQ(momenta.size(), 3 * constituents);
    EXPECT_EQ(offsets.back(), constituents);
  }
}

TEST(AppendConstituents, OfNoJetsIsNothing) {
  std::vector<float> momenta;
  std::vector<std::size_t> offsets;
  append_constituents({}, {}, momenta, offsets);
  EXPECT_EQ(offsets, std::vector<std::size_t>{0});
  EXPECT_TRUE(momenta.empty());
}

}  // namespace
}  // namespace pyjetsim
