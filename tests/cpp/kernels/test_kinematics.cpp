// The kinematics kernels, emulated, against sums in long double and numeric slopes.
#include <gtest/gtest.h>

#include <limits>

#include "jet_reference.h"
#include "kernels/cuda/kernels.h"
#include "random_jets.h"

namespace pyjetsim {
namespace {

using tests::Jet;
using tests::Mask;
using tests::Real;

template <typename T>
struct Batch {
  std::int64_t batch, n;
  std::vector<T> constituents;
  const bool* mask = nullptr;

  std::vector<T> kinematics() const {
    std::vector<T> rows(batch * kKinematicsColumns, T(7));
    cuda::launch_kinematics(KinematicsBatch<T>{batch, n, constituents.data(), mask, rows.data()}, nullptr);
    return rows;
  }

  std::vector<T> gradient(const std::vector<T>& grad) const {
    const auto rows = kinematics();
    std::vector<T> slopes(constituents.size(), T(7));
    cuda::launch_kinematics_gradient(
        KinematicsGradient<T>{batch, n, constituents.data(), mask, rows.data(), grad.data(), slopes.data()}, nullptr);
    return slopes;
  }
};

template <typename T>
constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

template <typename T>
void expect_kinematics(const Batch<T>& jets) {
  const auto rows = jets.kinematics();
  for (std::int64_t i = 0; i < jets.batch; ++i) {
    const T* row = rows.data() + i * kKinematicsColumns;
    const auto expected = tests::quantities(Jet(jets.constituents, jets.mask, jets.n, i));
    const double scale = static_cast<double>(expected[kEnergy]);
    const double angle = scale / std::max(static_cast<double>(expected[kPt]), 1e-300);
    const double rounding = kEpsilon<T> * (4 + static_cast<double>(jets.n) / 16);
    for (const int column : {kEnergy, kPx, kPy, kPz, kPt, kMass}) {
      EXPECT_NEAR(row[column], static_cast<double>(expected[column]), rounding * scale) << "jet " << i << ' ' << column;
    }
    for (const int column : {kEta, kPhi}) {
      EXPECT_NEAR(row[column], static_cast<double>(expected[column]), 4 * rounding * angle + rounding) << "jet " << i;
    }
  }
}

template <typename T>
void expect_gradient(const Batch<T>& jets) {
  const auto grad = tests::normal<T>(jets.batch * kKinematicsColumns, 3, 1);
  const auto slopes = jets.gradient(grad);
  std::vector<bool> checked(slopes.size());
  for (std::int64_t i = 0; i < jets.batch; ++i) {
    Jet jet(jets.constituents, jets.mask, jets.n, i);
    const auto weighted = [&] {
      const auto all = tests::quantities(jet);
      Real sum = 0;
      for (int column = 0; column < kKinematicsColumns; ++column) {
        sum += grad[i * kKinematicsColumns + column] * all[column];
      }
      return sum;
    };
    for (std::size_t c = 0; c < jet.rows.size(); ++c) {
      for (int d = 0; d < 3; ++d) {
        const double expected = static_cast<double>(tests::slope(jet, c, d, weighted));
        EXPECT_NEAR(slopes[3 * jet.rows[c] + d], expected, 1000 * kEpsilon<T> + 1e-9) << "jet " << i;
        checked[3 * jet.rows[c] + d] = true;
      }
    }
  }
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    if (checked[i]) continue;
    EXPECT_EQ(slopes[i], 0) << "a masked row";
  }
}

template <typename T>
class Kinematics : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Kinematics, Types);

TYPED_TEST(Kinematics, OfAnySizes) {
  for (const std::int64_t batch : {0, 1, 5, 33}) {
    for (const std::int64_t n : {0, 1, 31, 32, 33, 50, 100, 200, 257, 1030}) {
      if (batch > 5 && n > 100) continue;
      SCOPED_TRACE(::testing::Message() << "batch " << batch << ", n " << n);
      const Mask mask(batch, n, 2);
      Batch<TypeParam> jets{batch, n, tests::normal<TypeParam>(batch * n * 3, 1)};
      expect_kinematics(jets);
      jets.mask = mask.values.get();
      expect_kinematics(jets);
    }
  }
}

TYPED_TEST(Kinematics, GradientIsTheSlope) {
  for (const std::int64_t n : {2, 5, 33, 50}) {
    const Mask mask(5, n, 2);
    Batch<TypeParam> jets{5, n, tests::normal<TypeParam>(5 * n * 3, 1)};
    expect_gradient(jets);
    jets.mask = mask.values.get();
    // A jet of one constituent has no mass, whose slope is one-sided.
    if (n > 5) expect_gradient(jets);
  }
}

// 50 constituents of a TeV jet of few GeV.
template <typename T>
Batch<T> light_jets() {
  Batch<T> jets{3, 50, tests::normal<T>(3 * 50 * 3, 5, 0.05)};
  for (std::size_t i = 0; i < jets.constituents.size(); i += 3) jets.constituents[i] += T(20 + i % 7);
  return jets;
}

TYPED_TEST(Kinematics, OfLightJets) {
  const auto jets = light_jets<TypeParam>();
  expect_kinematics(jets);
  expect_gradient(jets);
  const auto rows = jets.kinematics();
  for (std::int64_t i = 0; i < jets.batch; ++i) {
    const auto mass = static_cast<double>(tests::quantities(Jet(jets.constituents, nullptr, jets.n, i))[kMass]);
    ASSERT_LT(mass, 5);
    EXPECT_NEAR(rows[i * kKinematicsColumns + kMass], mass, 3e-5 * mass);
  }
}

TYPED_TEST(Kinematics, AreFiniteWhereTheyHaveNoSlope) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  struct Case {
    std::vector<TypeParam> constituents;
    TypeParam eta;
  };
  for (const auto& [constituents, eta] :
       {Case{{0, 0, 0, 0, 0, 0}, 0}, Case{{3, 4, 0, 0, 0, 0}, 0}, Case{{0, 0, 5, 0, 0, 2}, infinity},
        Case{{0, 0, -5, 0, 0, 0}, -infinity}, Case{{1, 0, 0, -1, 0, 0}, 0},
        Case{{1, 2, 2, 2, 4, 4}, TypeParam(std::asinh(2 / std::sqrt(5.0)))}}) {
    const Batch<TypeParam> jets{1, 2, constituents};
    const auto rows = jets.kinematics();
    EXPECT_TRUE(rows[kEta] == eta || std::abs(rows[kEta] - eta) < 1e-6);
    for (const int column : {kEnergy, kPx, kPy, kPz, kPt, kPhi, kMass}) EXPECT_TRUE(std::isfinite(rows[column]));
    for (const TypeParam slope : jets.gradient(std::vector<TypeParam>(8, 1))) EXPECT_TRUE(std::isfinite(slope));
  }
}

TYPED_TEST(Kinematics, OfOneConstituentAtRest) {
  const Batch<TypeParam> jets{1, 2, {3, 4, 0, 0, 0, 0}};
  std::vector<TypeParam> grad(8, 0);
  grad[kEnergy] = 1;
  const auto slopes = jets.gradient(grad);
  EXPECT_NEAR(slopes[0], 0.6, kEpsilon<TypeParam>);
  EXPECT_NEAR(slopes[1], 0.8, kEpsilon<TypeParam>);
  for (int i = 2; i < 6; ++i) EXPECT_EQ(slopes[i], 0);
}

TYPED_TEST(Kinematics, OfAJetAcrossTheBeamArePassedNaN) {
  Batch<TypeParam> jets{1, 2, {std::numeric_limits<TypeParam>::quiet_NaN(), 1, 0, 2, 3, 0}};
  const auto rows = jets.kinematics();
  for (const int column : {kEnergy, kPx, kPt, kEta, kPhi, kMass}) EXPECT_TRUE(std::isnan(rows[column])) << column;
}

TYPED_TEST(Kinematics, ArePassedNaNButNotOfMaskedRows) {
  Batch<TypeParam> jets{2, 40, tests::normal<TypeParam>(240, 1)};
  jets.constituents[3 * 35 + 2] = std::numeric_limits<TypeParam>::quiet_NaN();
  auto rows = jets.kinematics();
  for (const int column : {kEnergy, kPz, kEta, kMass}) {
    EXPECT_TRUE(std::isnan(rows[column])) << column;
    EXPECT_FALSE(std::isnan(rows[8 + column])) << column;
  }
  Mask mask(2, 40, 1);
  for (int i = 0; i < 80; ++i) mask.values[i] = i != 35;
  jets.mask = mask.values.get();
  expect_kinematics(jets);
  expect_gradient(jets);
}

}  // namespace
}  // namespace pyjetsim
