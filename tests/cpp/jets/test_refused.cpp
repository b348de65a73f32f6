// Bad input: one error that names it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

using Numbers = std::vector<double>;

std::string refusal(const Numbers& momenta, const Numbers& masses = {}, const JetDefinition& definition = {}) {
  ClusteredJets output;
  try {
    cluster({momenta, masses}, definition, output);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Refused, NumbersThatAreNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string spoilt = "one such particle would spoil every jet of its event";
  const std::string large = "jets hold numbers of 32 bits, up to 3.4e+38";
  for (const auto& [bad, told, why] : {std::tuple(std::nan(""), "nan, no finite number", spoilt),
                                       {infinity, "inf, no finite number", spoilt},
                                       {-infinity, "-inf, no finite number", spoilt},
                                       {1e39, "1e+39 GeV", large},
                                       {-1e308, "-1e+308 GeV", large}}) {
    const std::string rest = " is " + std::string(told) + " (" + why + "): drop it, or find out where it comes from";
    EXPECT_EQ(refusal({1, 2, 3, 4, bad, 6}), "py of particle 1" + rest);
    EXPECT_EQ(refusal({1, 2, 3, 4, 5, bad}), "pz of particle 1" + rest);
    EXPECT_EQ(refusal({1, 2, 3, 4, 5, 6}, {bad, 0}), "the mass of particle 0" + rest);
  }
  EXPECT_EQ(refusal({1e38, 1e38, 1e38}, {1e38}), "nothing");
}

TEST(Refused, SpansThatDoNotFit) {
  EXPECT_EQ(refusal({1, 2, 3, 4}).substr(0, 21), "momenta are 4 numbers");
  EXPECT_EQ(refusal({1, 2, 3}, {0, 0}).substr(0, 24), "1 particles have 2 masse");
  const Numbers two(2), one(1);
  std::vector<std::int64_t> nearest(2);
  EXPECT_THROW(match_nearest({two, one}, {one, one}, 0.4, nearest), Error);
  EXPECT_THROW(match_nearest({two, two}, {one, two}, 0.4, nearest), Error);
  EXPECT_THROW(match_nearest({one, one}, {two, two}, 0.4, nearest), Error);
}

TEST(Refused, DefinitionsOfNoJets) {
  const double nan = std::nan("");
  for (const double radius : {0.0, -0.5, 1001.0, nan}) {
    EXPECT_EQ(refusal({1, 2, 3}, {}, {radius}).substr(0, 10), "radius is ");
  }
  EXPECT_EQ(refusal({1, 2, 3}, {}, {0.5, nan}).substr(0, 13), "pt_min is nan");
  EXPECT_EQ(refusal({1, 2, 3}, {}, {0.5, 0, nan}).substr(0, 6), "pt_min");
}

}  // namespace
}  // namespace pyjetsim
