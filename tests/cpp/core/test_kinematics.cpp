// Jet kinematics as other C++ programs call them.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pyjetsim/error.h"
#include "pyjetsim/kinematics.h"

namespace pyjetsim {
namespace {

TEST(JetKinematics, OfTwoBackToBackConstituents) {
  const std::vector<float> constituents = {3, 0, 4, -3, 0, -4};
  std::vector<JetKinematics<float>> jet(1);
  jet_kinematics<float>({1, 2, 3, constituents}, jet);
  EXPECT_EQ(jet[0].energy, 10);
  EXPECT_EQ(jet[0].mass, 10);
  EXPECT_EQ(jet[0].pt, 0);
}

TEST(JetKinematics, KeepTheMassOfALightJetAtHighMomentum) {
  // Two constituents of 500 GeV, 2 mrad apart: the mass is 2 * 500 * sin(1 mrad).
  const double half = 1e-3;
  const std::vector<float> constituents = {
      static_cast<float>(500 * std::cos(half)), static_cast<float>(500 * std::sin(half)),  0,
      static_cast<float>(500 * std::cos(half)), static_cast<float>(-500 * std::sin(half)), 0};
  std::vector<JetKinematics<float>> jet(1);
  jet_kinematics<float>({1, 2, 3, constituents}, jet);
  EXPECT_NEAR(jet[0].mass, 1000 * std::sin(half), 1e-5);
}

TEST(JetKinematics, OfAnEmptyJetAreZeroAndHaveNoGradient) {
  const std::vector<double> constituents(6);
  std::vector<JetKinematics<double>> jet(1), grad(1, {1, 0, 0, 0, 1, 1, 1, 1});
  std::vector<double> gradient(6, 7);
  const PointSets<double> sets{1, 2, 3, constituents};
  jet_kinematics<double>(sets, jet);
  EXPECT_EQ(jet[0].energy, 0);
  EXPECT_EQ(jet[0].eta, 0);
  jet_kinematics_backward<double>(grad, sets, jet, gradient);
  EXPECT_EQ(gradient, std::vector<double>(6, 0));
}

TEST(JetKinematics, RefuseSpansThatDoNotFit) {
  const std::vector<double> constituents(6);
  std::vector<JetKinematics<double>> one(1), two(2);
  EXPECT_THROW(jet_kinematics<double>({1, 2, 3, constituents}, two), Error);
  EXPECT_THROW(jet_kinematics<double>({1, 3, 2, constituents}, one), Error);
  EXPECT_THROW(jet_kinematics<double>({1, 3, 3, constituents}, one), Error);
}

}  // namespace
}  // namespace pyjetsim
