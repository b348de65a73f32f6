// Functions of lanes beside those of the C library in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

// The lanes come first: the functions find their operations by them.
#include "kernels/cpu/portable_lanes.h"
//
#include "kernels/cpu/functions.h"

namespace pyjetsim {
namespace {

using V = FloatLanes;

// The largest error on [low, high], in units of `relative` times the value plus `absolute`.
template <typename Ours, typename Exact>
void expect_close(const std::string& name, double low, double high, const Ours& ours, const Exact& exact,
                  double absolute = 1e-30) {
  constexpr int kSteps = 20000;
  constexpr double kRelative = 3e-7;
  for (int i = 0; i <= kSteps; i += V::kWidth) {
    float x[V::kWidth], y[V::kWidth];
    for (int k = 0; k < V::kWidth; ++k)
      x[k] = static_cast<float>(low + (high - low) * std::min(i + k, kSteps) / kSteps);
    ours(V::load(x)).store(y);
    for (int k = 0; k < V::kWidth; ++k) {
      const double value = exact(double{x[k]});
      ASSERT_NEAR(y[k], value, kRelative * std::abs(value) + absolute) << name << " of " << x[k];
    }
  }
}

#define EXPECT_CLOSE(low, high, ours, exact, ...) \
  expect_close(#ours, low, high, [](V x) { return ours; }, [](double x) { return exact; }, ##__VA_ARGS__)

TEST(Functions, AreGoodToTheLastDigits) {
  EXPECT_CLOSE(-87, 88, exponential(x), std::exp(x));
  EXPECT_CLOSE(1e-6, 1e6, logarithm(x), std::log(x), 1e-7);
  EXPECT_CLOSE(0.5, 2, logarithm(x), std::log(x), 1e-10);
  EXPECT_CLOSE(0, 1e4, logarithm_of_more(x), std::log1p(x));
  EXPECT_CLOSE(0, 1e-3, logarithm_of_more(x), std::log1p(x));
  EXPECT_CLOSE(-12, 12, hyperbolic_tangent(x), std::tanh(x));
  EXPECT_CLOSE(-10, 10, sine_and_cosine(x).sine, std::sin(x), 1e-7);
  EXPECT_CLOSE(-10, 10, sine_and_cosine(x).cosine, std::cos(x), 1e-7);
  EXPECT_CLOSE(-1e6, 1e6, sine_and_cosine(x).sine, std::sin(x), 1e-7);
  EXPECT_CLOSE(0, 1, arc_sine(x), std::asin(x));
  EXPECT_CLOSE(-10, 10, arc_tangent(x, V(0.7f)), std::atan2(x, double{0.7f}));
  EXPECT_CLOSE(-10, 10, arc_tangent(x, V(-0.7f)), std::atan2(x, double{-0.7f}));
  EXPECT_CLOSE(-1e5, 1e5, inverse_hyperbolic_sine(x), std::asinh(x));
  EXPECT_CLOSE(-2, 2, inverse_hyperbolic_sine(x), std::asinh(x));
  EXPECT_CLOSE(-7, 7, hyperbolic_sine(x), std::sinh(x));
  EXPECT_CLOSE(-7, 7, hyperbolic_cosine(x), std::cosh(x));
  EXPECT_CLOSE(-5, 5, error_function(x), std::erf(x));
  EXPECT_CLOSE(-50, 50, logistic(x), 1 / (1 + std::exp(-x)));
  EXPECT_CLOSE(-50, 50, silu(x), x / (1 + std::exp(-x)));
  EXPECT_CLOSE(-1e6, 1e6, floored(x), std::floor(x));
  EXPECT_CLOSE(-1e4, 1e4, rounded(x), std::nearbyint(x));
}

TEST(Functions, HaveAnswersAtTheEdges) {
  const auto first = [](V lanes) {
    float numbers[V::kWidth];
    lanes.store(numbers);
    return numbers[0];
  };
  EXPECT_EQ(first(arc_tangent(V(0.0f), V(0.0f))), 0);
  EXPECT_FLOAT_EQ(first(arc_tangent(V(-0.0f), V(-1.0f))), -3.14159265f);
  EXPECT_FLOAT_EQ(first(arc_tangent(V(1.0f), V(0.0f))), 1.57079633f);
  EXPECT_EQ(first(exponential(V(-1e30f))), first(exponential(V(-87.3f))));
  EXPECT_TRUE(std::isfinite(first(exponential(V(1e30f)))));
  EXPECT_EQ(first(error_function(V(1e30f))), 1);
  EXPECT_EQ(first(error_function(V(-1e30f))), -1);
  EXPECT_NEAR(first(inverse_hyperbolic_sine(V(-3e38f))), -35.2319f, 1e-4);
  EXPECT_LE(std::abs(first(sine_and_cosine(V(1e30f)).sine)), 1);
}

}  // namespace
}  // namespace pyjetsim
