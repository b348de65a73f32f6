// The kernels of the reconstruction loss, emulated, against loops in long double and numeric slopes.
#include <gtest/gtest.h>

#include <limits>

#include "jet_reference.h"
#include "kernels/cuda/kernels.h"
#include "kernels/kinematics/kinematics.h"
#include "random_jets.h"

namespace pyjetsim {
namespace {

using tests::Jet;
using tests::Mask;
using tests::Real;
using Terms = std::array<Real, kLossTerms>;

Real squared(Real a) { return a * a; }

Real one_way(const Jet& from, const Jet& to) {
  Real sum = 0;
  for (const auto& p : from.constituents) {
    Real least = to.constituents.empty() ? 0 : std::numeric_limits<Real>::infinity();
    for (const auto& q : to.constituents) {
      const Real distance = squared(p[0] - q[0]) + squared(p[1] - q[1]) + squared(p[2] - q[2]);
      if (distance < least || std::isnan(distance)) least = distance;
      if (std::isnan(least)) break;
    }
    sum += least;
  }
  return sum;
}

Terms terms_of(const Jet& prediction, const Jet& target) {
  const auto p = tests::quantities(prediction), t = tests::quantities(target);
  return {one_way(prediction, target) + one_way(target, prediction), squared(p[kMass] - t[kMass]),
          squared(p[kPt] - t[kPt]), squared(p[kPx] - t[kPx]) + squared(p[kPy] - t[kPy]) + squared(p[kPz] - t[kPz])};
}

template <typename T>
Real weighted(const Terms& terms, const std::array<T, kLossTerms>& weights) {
  Real sum = 0;
  for (int term = 0; term < kLossTerms; ++term) {
    if (weights[term] != 0) sum += weights[term] * terms[term];
  }
  return sum;
}

template <typename T>
struct Pairs {
  std::int64_t batch, n, m;
  std::vector<T> prediction, target;
  std::array<T, kLossTerms> weights;
  const bool* prediction_mask = nullptr;
  const bool* target_mask = nullptr;
};

template <typename T>
Pairs<T> random_pairs(std::int64_t batch, std::int64_t n, std::int64_t m) {
  return {batch, n, m, tests::normal<T>(batch * n * 3, 1), tests::normal<T>(batch * m * 3, 2), {T(0.5), 1, 2, T(0.25)}};
}

template <typename T>
struct Loss {
  std::vector<T> loss, terms, sums;
  std::vector<std::int32_t> prediction_nearest, target_nearest;

  explicit Loss(const Pairs<T>& pairs, bool nearest = true)
      : loss(pairs.batch, T(7)),
        terms(pairs.batch * kLossTerms, T(7)),
        sums(pairs.batch * 2 * kJetSums, T(7)),
        prediction_nearest(pairs.batch * pairs.n, -7),
        target_nearest(pairs.batch * pairs.m, -7) {
    LossBatch<T> batch{pairs.batch,
                       pairs.n,
                       pairs.m,
                       pairs.prediction.data(),
                       pairs.target.data(),
                       pairs.prediction_mask,
                       pairs.target_mask,
                       {},
                       loss.data(),
                       terms.data(),
                       sums.data(),
                       nearest ? prediction_nearest.data() : nullptr,
                       nearest ? target_nearest.data() : nullptr};
    std::copy(pairs.weights.begin(), pairs.weights.end(), batch.weights);
    cuda::launch_reconstruction_loss(batch, nullptr);
  }

  // Of the prediction, then of the target.
  std::array<std::vector<T>, 2> gradients(const Pairs<T>& pairs, const std::vector<T>& grad, bool of_prediction = true,
                                          bool of_target = true) const {
    std::array<std::vector<T>, 2> out{std::vector<T>(pairs.prediction.size(), T(7)),
                                      std::vector<T>(pairs.target.size(), T(7))};
    LossGradient<T> batch{pairs.batch,
                          pairs.n,
                          pairs.m,
                          pairs.prediction.data(),
                          pairs.target.data(),
                          pairs.prediction_mask,
                          pairs.target_mask,
                          {},
                          sums.data(),
                          prediction_nearest.data(),
                          target_nearest.data(),
                          grad.data(),
                          of_prediction ? out[0].data() : nullptr,
                          of_target ? out[1].data() : nullptr};
    std::copy(pairs.weights.begin(), pairs.weights.end(), batch.weights);
    cuda::launch_reconstruction_loss_gradient(batch, nullptr);
    return out;
  }
};

template <typename T>
constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

template <typename T>
void expect_loss(const Pairs<T>& pairs) {
  const Loss<T> found(pairs), alone(pairs, false);
  EXPECT_EQ(found.loss, alone.loss) << "with and without nearest points";
  EXPECT_EQ(found.terms, alone.terms);
  for (std::int64_t i = 0; i < pairs.batch; ++i) {
    const Jet prediction(pairs.prediction, pairs.prediction_mask, pairs.n, i);
    const Jet target(pairs.target, pairs.target_mask, pairs.m, i);
    const Terms terms = terms_of(prediction, target);
    // The terms are squares of differences of sums as large as the energies.
    const auto p = tests::quantities(prediction), t = tests::quantities(target);
    const double energy = static_cast<double>(p[kEnergy] + t[kEnergy] + 1);
    const double rounding = kEpsilon<T> * (8 + static_cast<double>(pairs.n + pairs.m) / 16);
    const double of_loss = rounding * (energy * energy + static_cast<double>(terms[kChamferTerm]));
    for (int term = 0; term < kLossTerms; ++term) {
      const double bound = term == kChamferTerm ? rounding * static_cast<double>(terms[term])
                                                : 2 * rounding * energy *
                                                      (rounding * energy + std::sqrt(static_cast<double>(terms[term])));
      EXPECT_NEAR(found.terms[i * kLossTerms + term], static_cast<double>(terms[term]), bound) << "term " << term;
    }
    EXPECT_NEAR(found.loss[i], static_cast<double>(weighted(terms, pairs.weights)), of_loss);
    const int columns[kJetSums] = {kEnergy, kPx, kPy, kPz, kPt, kMass};
    for (int sum = 0; sum < kJetSums; ++sum) {
      EXPECT_NEAR(found.sums[i * 2 * kJetSums + sum], static_cast<double>(p[columns[sum]]), rounding * energy);
      EXPECT_NEAR(found.sums[(i * 2 + 1) * kJetSums + sum], static_cast<double>(t[columns[sum]]), rounding * energy);
    }
  }
}

template <typename T>
void expect_gradients(const Pairs<T>& pairs) {
  const auto grad = tests::normal<T>(pairs.batch, 3, 1);
  const auto found = Loss<T>(pairs).gradients(pairs, grad);
  for (std::int64_t i = 0; i < pairs.batch; ++i) {
    Jet jets[2] = {Jet(pairs.prediction, pairs.prediction_mask, pairs.n, i),
                   Jet(pairs.target, pairs.target_mask, pairs.m, i)};
    const auto loss = [&] { return grad[i] * weighted(terms_of(jets[0], jets[1]), pairs.weights); };
    const double size =
        static_cast<double>(1 + tests::quantities(jets[0])[kEnergy] + tests::quantities(jets[1])[kEnergy]);
    for (int which = 0; which < 2; ++which) {
      const std::int64_t rows = which == 0 ? pairs.n : pairs.m;
      std::vector<double> expected(3 * rows, 0);
      for (std::size_t c = 0; c < jets[which].rows.size(); ++c) {
        for (int d = 0; d < 3; ++d) {
          expected[3 * (jets[which].rows[c] - i * rows) + d] =
              static_cast<double>(tests::slope(jets[which], c, d, loss));
        }
      }
      for (std::int64_t at = 0; at < 3 * rows; ++at) {
        EXPECT_NEAR(found[which][3 * i * rows + at], expected[at], 200 * kEpsilon<T> * size + 1e-7)
            << "jet " << i << (which == 0 ? " of the predictions" : " of the targets");
      }
    }
  }
}

template <typename T>
class ReconstructionLoss : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(ReconstructionLoss, Types);

TYPED_TEST(ReconstructionLoss, OfAnySizes) {
  const std::int64_t sizes[] = {0, 1, 31, 32, 33, 50, 100, 200, 257, 1030};
  for (const std::int64_t batch : {0, 1, 5, 33}) {
    for (const std::int64_t n : sizes) {
      if (batch > 1 && batch * n > 1100) continue;
      const std::int64_t m = sizes[(n + batch) % 8];
      SCOPED_TRACE(::testing::Message() << "batch " << batch << ", n " << n << ", m " << m);
      auto pairs = random_pairs<TypeParam>(batch, n, m);
      expect_loss(pairs);
      const Mask prediction_mask(batch, n, 3), target_mask(batch, m, 4);
      pairs.prediction_mask = prediction_mask.values.get();
      pairs.target_mask = target_mask.values.get();
      expect_loss(pairs);
    }
  }
}

TYPED_TEST(ReconstructionLoss, GradientIsTheSlope) {
  auto pairs = random_pairs<TypeParam>(5, 40, 50);
  expect_gradients(pairs);
  const Mask prediction_mask(5, 40, 3), target_mask(5, 50, 4);
  pairs.prediction_mask = prediction_mask.values.get();
  pairs.target_mask = target_mask.values.get();
  expect_gradients(pairs);
}

TYPED_TEST(ReconstructionLoss, GradientOfEachTerm) {
  for (int term = 0; term < kLossTerms; ++term) {
    SCOPED_TRACE(::testing::Message() << "term " << term);
    auto pairs = random_pairs<TypeParam>(2, 8, 6);
    pairs.weights = {};
    pairs.weights[term] = TypeParam(1.5);
    expect_gradients(pairs);
  }
}

TYPED_TEST(ReconstructionLoss, GradientOfOneJetIsThatOfBoth) {
  const auto pairs = random_pairs<TypeParam>(3, 40, 50);
  const std::vector<TypeParam> grad{1, 2, 3};
  const Loss<TypeParam> loss(pairs);
  const auto both = loss.gradients(pairs, grad);
  EXPECT_EQ(loss.gradients(pairs, grad, true, false)[0], both[0]);
  EXPECT_EQ(loss.gradients(pairs, grad, false, true)[1], both[1]);
}

// 0 times infinity would be NaN.
TYPED_TEST(ReconstructionLoss, LeavesATermOfWeightZeroOut) {
  auto pairs = random_pairs<TypeParam>(1, 40, 50);
  pairs.prediction[0] = std::numeric_limits<TypeParam>::max();  // its square is infinite
  for (const int term : {kChamferTerm, kPtTerm, kMassTerm}) {
    pairs.weights[term] = 1;
    EXPECT_FALSE(std::isfinite(Loss<TypeParam>(pairs).loss[0]));
    pairs.weights = {};
    const Loss<TypeParam> loss(pairs);
    EXPECT_EQ(loss.loss[0], 0);
    EXPECT_FALSE(std::isfinite(loss.terms[term])) << "left out of the loss, yet written";
    for (const auto& gradient : loss.gradients(pairs, {1})) {
      for (const TypeParam slope : gradient) EXPECT_EQ(slope, 0);
    }
  }
}

TYPED_TEST(ReconstructionLoss, IsPassedNaN) {
  auto pairs = random_pairs<TypeParam>(2, 40, 50);
  pairs.target[3 * 45] = std::numeric_limits<TypeParam>::quiet_NaN();
  const Loss<TypeParam> loss(pairs);
  EXPECT_TRUE(std::isnan(loss.loss[0]));
  EXPECT_TRUE(std::isfinite(loss.loss[1]));
  for (int term = 0; term < kLossTerms; ++term) EXPECT_TRUE(std::isnan(loss.terms[term])) << term;
}

TYPED_TEST(ReconstructionLoss, GradientAtMaskedRowsIsZeroWhateverComesIn) {
  auto pairs = random_pairs<TypeParam>(2, 40, 50);
  const Mask mask(2, 40, 3);
  pairs.prediction_mask = mask.values.get();
  const TypeParam nan = std::numeric_limits<TypeParam>::quiet_NaN();
  const auto gradient = Loss<TypeParam>(pairs).gradients(pairs, {nan, nan})[0];
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    if (mask.values[i / 3]) {
      EXPECT_TRUE(std::isnan(gradient[i]));
    } else {
      EXPECT_EQ(gradient[i], 0) << "at a masked row";
    }
  }
}

TYPED_TEST(ReconstructionLoss, HasAFiniteGradientAtJetsWithoutMassOrPt) {
  for (const std::vector<TypeParam>& jet : {std::vector<TypeParam>{0, 0, 0, 0, 0, 0},
                                            {3, 4, 0, 0, 0, 0},
                                            {0, 0, 5, 0, 0, 2},
                                            {1, 0, 0, -1, 0, 0},
                                            {1, 2, 2, 2, 4, 4}}) {
    const Pairs<TypeParam> pairs{1, 2, 2, jet, {1, 2, 3, 4, 5, 7}, {1, 1, 1, 1}};
    for (const auto& gradient : Loss<TypeParam>(pairs).gradients(pairs, {1})) {
      for (const TypeParam slope : gradient) EXPECT_TRUE(std::isfinite(slope));
    }
  }
}

}  // namespace
}  // namespace pyjetsim
