// Matching of jets by their distance in (eta, phi).
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

using Numbers = std::vector<double>;

std::vector<std::int64_t> matched(const Numbers& eta, const Numbers& phi, const Numbers& other_eta,
                                  const Numbers& other_phi, double max_delta_r = 0.4) {
  std::vector<std::int64_t> nearest(eta.size(), 77);
  match_nearest({eta, phi}, {other_eta, other_phi}, max_delta_r, nearest);
  return nearest;
}

using Found = std::vector<std::int64_t>;

TEST(MatchNearest, TakesTheNearestOfAll) {
  EXPECT_EQ(matched({0, 1}, {0, 2}, {1.3, 0.2, 1.1, 0.3}, {2, 0, 2, 0}), (Found{1, 2}));
}

TEST(MatchNearest, LooksAcrossTheEdgeOfPhi) {
  EXPECT_EQ(matched({0, 0}, {3.1, -3.1}, {0.3, 0}, {3.1, -3.1}), (Found{1, 1}));
  EXPECT_EQ(matched({0}, {-3.1}, {0}, {3.1}), Found{0});
  EXPECT_EQ(matched({0}, {3.1}, {0}, {-3.1}, 2 * std::acos(-1.0) - 6.2 - 1e-9), Found{-1});
}

TEST(MatchNearest, TakesNoneThatIsAsFarAsTheLimit) {
  EXPECT_EQ(matched({0}, {0}, {0.5}, {0}, 0.5), Found{-1});
  EXPECT_EQ(matched({0}, {0}, {0.5}, {0}, 0.500001), Found{0});
}

TEST(MatchNearest, TakesTheFirstOfEquallyNearOnes) { EXPECT_EQ(matched({0}, {0}, {0.2, -0.2}, {0, 0}), Found{0}); }

TEST(MatchNearest, MayServeTwoJetsWithOne) { EXPECT_EQ(matched({0, 0.3}, {0, 0}, {0.1}, {0}), (Found{0, 0})); }

TEST(MatchNearest, FindsNothingInNothing) {
  EXPECT_EQ(matched({0}, {0}, {}, {}), Found{-1});
  EXPECT_EQ(matched({}, {}, {0}, {0}), Found{});
}

TEST(MatchNearest, NeverTakesADirectionThatIsNone) {
  EXPECT_EQ(matched({0}, {0}, {NAN, INFINITY, 0.1}, {0, 0, 0}), Found{2});
  EXPECT_EQ(matched({INFINITY}, {0}, {INFINITY}, {0}), Found{-1});
}

}  // namespace
}  // namespace pyjetsim
