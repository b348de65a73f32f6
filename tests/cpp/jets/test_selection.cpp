// Which particles and constituents count, at the edges of the cuts.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pyjetsim/error.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Visible, NeitherNeutrinosNorTheirAntiparticlesAre) {
  for (const std::int32_t pid : {12, 14, 16, 1000022}) {
    EXPECT_FALSE(is_visible(pid));
    EXPECT_FALSE(is_visible(-pid));
  }
  for (const std::int32_t pid : {22, 130, 211, -13, 0}) EXPECT_TRUE(is_visible(pid));
  EXPECT_TRUE(is_visible(std::numeric_limits<std::int32_t>::min()));
}

TEST(Visible, MayBeSaidByTheCaller) {
  const std::int32_t pids[] = {211};
  EXPECT_FALSE(is_visible(-211, {pids, 1}));
  EXPECT_TRUE(is_visible(12, {pids, 1}));
}

TEST(Acceptance, IsStrictInPtAndEta) {
  const Acceptance acceptance(5, std::asinh(2.0));
  EXPECT_FALSE(acceptance.holds(3, 4, 0));
  EXPECT_TRUE(acceptance.holds(3, 4.001, 0));
  EXPECT_TRUE(acceptance.holds(6, 8, 19.999));
  EXPECT_FALSE(acceptance.holds(6, 8, 20.001));
  EXPECT_FALSE(acceptance.holds(6, 8, -20.001));
}

TEST(Acceptance, HasNothingAlongTheBeamOrAtRest) {
  for (const double eta_max : {5.0, kInfinity}) {
    for (const double pt_min : {-1.0, 0.0}) {
      const Acceptance acceptance(pt_min, eta_max);
      EXPECT_FALSE(acceptance.holds(0, 0, 100));
      EXPECT_FALSE(acceptance.holds(0, 0, 0));
      EXPECT_TRUE(acceptance.holds(0, 1e-3, 0));
    }
  }
  EXPECT_TRUE(Acceptance(0, kInfinity).holds(1e-9, 0, 1e9));
  EXPECT_FALSE(Acceptance(0, 0).holds(1, 0, 0));
}

TEST(Acceptance, LeavesWhatIsNotFiniteToClustering) {
  const Acceptance acceptance(1, 5);
  for (const double bad : {std::nan(""), kInfinity, -kInfinity}) {
    EXPECT_TRUE(acceptance.holds(bad, 0, 0));
    EXPECT_TRUE(acceptance.holds(1, bad, 0));
    EXPECT_TRUE(acceptance.holds(1, 0, bad));
  }
  EXPECT_THROW(Acceptance(std::nan(""), 5), Error);
  EXPECT_THROW(Acceptance(0, std::nan("")), Error);
}

std::vector<std::uint32_t> kept(const std::vector<float>& momenta, const ConstituentCuts& cuts) {
  std::vector<RankedConstituent> order = {{1, 99}};
  select_constituents(momenta, cuts, order);
  std::vector<std::uint32_t> rows;
  for (const RankedConstituent& each : order) rows.push_back(each.row);
  return rows;
}

using Rows = std::vector<std::uint32_t>;

TEST(SelectConstituents, ByFallingPtAndThenByPlace) {
  const std::vector<float> momenta = {1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 9, 4, 3, 0, -6, 0, 0};
  EXPECT_EQ(kept(momenta, {}), (Rows{5, 2, 4, 0}));
  EXPECT_EQ(kept(momenta, {1, 5, 3}), (Rows{5, 2, 4}));
  EXPECT_EQ(kept(momenta, {5, 5, 3}), Rows{5});
  EXPECT_EQ(kept({}, {}), Rows{});
}

// By the definition, wherever that is close.
TEST(SelectConstituents, CutsOnEtaAsItsDefinitionDoes) {
  const float eta_max = 3.2f, pt = 0.7f;
  float pz = pt * std::sinh(eta_max) * 0.99999f;
  int inside = 0, outside = 0;
  for (int i = 0; i < 400; ++i, pz = std::nextafter(pz, 1e9f)) {
    const bool passes = std::asinh(pz / pt) < eta_max;
    EXPECT_EQ(kept({pt, 0, -pz}, {0, eta_max}).size(), passes) << pz;
    (passes ? inside : outside) += 1;
  }
  EXPECT_GT(inside, 10);
  EXPECT_GT(outside, 10);
  EXPECT_EQ(kept({pt, 0, 1e9f}, {0, eta_max}), Rows{});
  EXPECT_EQ(kept({1e-30f, 0, 1e9f}, {}), Rows{0});
}

TEST(SelectConstituents, KeepsNothingThatIsNotFinite) {
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, infinity, -infinity}) {
    for (const float eta_max : {3.0f, infinity}) {
      EXPECT_EQ(kept({bad, 0, 0, 1, bad, 0, 1, 0, bad, 1, 0, 0}, {0, eta_max}), Rows{3});
    }
  }
}

TEST(SelectConstituents, KeepsNoRowsOfZeros) { EXPECT_EQ(kept({0, 0, 0, 0, 0, 1, 1, 0, 0}, {-1, 3}), Rows{2}); }

}  // namespace
}  // namespace pyjetsim
