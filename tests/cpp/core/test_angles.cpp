#include <gtest/gtest.h>

#include <limits>

#include "core/angles.h"

namespace pyjetsim {
namespace {

constexpr double kPi = 3.14159265358979323846;

TEST(Angles, AreWrapped) {
  EXPECT_EQ(delta_phi(0, 0), 0);
  EXPECT_NEAR(delta_phi(3, -3), 6 - 2 * kPi, 1e-15);
  EXPECT_NEAR(delta_phi(-3, 3), 2 * kPi - 6, 1e-15);
  EXPECT_EQ(delta_phi(kPi, 0), -kPi);  // the one end that belongs to the range
  EXPECT_EQ(delta_phi(0, kPi), -kPi);
  for (int turns = -3; turns <= 3; ++turns) EXPECT_NEAR(delta_phi(1 + 2 * kPi * turns, 0.25), 0.75, 1e-14) << turns;
  EXPECT_TRUE(std::isnan(delta_phi(std::numeric_limits<double>::infinity(), 0)));
}

TEST(Angles, MakeDistances) {
  EXPECT_EQ(delta_r(1, 0.5, 4, 2.5), std::hypot(3, 2));
  EXPECT_NEAR(delta_r(1, 3.1, 1, -3.1), 2 * kPi - 6.2, 1e-14);
}

}  // namespace
}  // namespace pyjetsim
