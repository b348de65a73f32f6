// The Chamfer kernels, emulated, against loops in double.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <limits>

#include "emulation/block.h"
#include "kernels/cuda/kernels.h"
#include "pyjetsim/error.h"
#include "random_jets.h"

namespace pyjetsim {
namespace {

using tests::Mask;

struct Shape {
  std::int64_t batch, n, m, dimension;
};

template <typename T>
struct Sets {
  Shape shape;
  std::vector<T> x, y;
  const bool* x_mask = nullptr;
  const bool* y_mask = nullptr;

  bool has_x(std::int64_t jet, std::int64_t row) const { return !x_mask || x_mask[jet * shape.n + row]; }
  bool has_y(std::int64_t jet, std::int64_t row) const { return !y_mask || y_mask[jet * shape.m + row]; }

  double squared(std::int64_t jet, std::int64_t i, std::int64_t j) const {
    double sum = 0;
    for (std::int64_t d = 0; d < shape.dimension; ++d) {
      const double difference =
          double(x[(jet * shape.n + i) * shape.dimension + d]) - double(y[(jet * shape.m + j) * shape.dimension + d]);
      sum += difference * difference;
    }
    return sum;
  }
};

template <typename T>
struct Answer {
  std::vector<T> distance;
  std::vector<std::int32_t> x_nearest, y_nearest;
};

// Less, or the first NaN, as torch.min.
bool takes_over(double candidate, double least, std::int32_t nearest) {
  return nearest < 0 || candidate < least || (std::isnan(candidate) && !std::isnan(least));
}

template <typename T>
Answer<double> expected(const Sets<T>& sets) {
  const auto [batch, n, m, dimension] = sets.shape;
  Answer<double> answer{std::vector<double>(batch), std::vector<std::int32_t>(batch * n, -1),
                        std::vector<std::int32_t>(batch * m, -1)};
  for (std::int64_t jet = 0; jet < batch; ++jet) {
    std::vector<double> x_least(n, 0), y_least(m, 0);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < m; ++j) {
        if (!sets.has_x(jet, i) || !sets.has_y(jet, j)) continue;
        const double distance = sets.squared(jet, i, j);
        auto& of_x = answer.x_nearest[jet * n + i];
        auto& of_y = answer.y_nearest[jet * m + j];
        if (takes_over(distance, x_least[i], of_x)) x_least[i] = distance, of_x = static_cast<std::int32_t>(j);
        if (takes_over(distance, y_least[j], of_y)) y_least[j] = distance, of_y = static_cast<std::int32_t>(i);
      }
    }
    for (const double least : x_least) answer.distance[jet] += least;
    for (const double least : y_least) answer.distance[jet] += least;
  }
  return answer;
}

template <typename T>
ChamferBatch<T> batch_of(const Sets<T>& sets, T* distance) {
  const auto [batch, n, m, dimension] = sets.shape;
  return {batch, n, m, dimension, sets.x.data(), sets.y.data(), sets.x_mask, sets.y_mask, distance, nullptr, nullptr};
}

template <typename T>
Answer<T> found(const Sets<T>& sets) {
  const auto [batch, n, m, dimension] = sets.shape;
  Answer<T> answer{std::vector<T>(batch), std::vector<std::int32_t>(batch * n, -7),
                   std::vector<std::int32_t>(batch * m, -7)};
  ChamferBatch<T> with_nearest = batch_of(sets, answer.distance.data());
  with_nearest.x_nearest = answer.x_nearest.data();
  with_nearest.y_nearest = answer.y_nearest.data();
  cuda::launch_chamfer(with_nearest, nullptr);
  std::vector<T> alone(batch);
  cuda::launch_chamfer(batch_of(sets, alone.data()), nullptr);
  for (std::int64_t jet = 0; jet < batch; ++jet) {
    if (std::isnan(answer.distance[jet])) {
      EXPECT_TRUE(std::isnan(alone[jet]));
    } else {
      EXPECT_EQ(alone[jet], answer.distance[jet]) << "with and without nearest points";
    }
  }
  return answer;
}

template <typename T>
constexpr double kRounding = 16 * std::numeric_limits<T>::epsilon();

template <typename T>
void expect_distances(const Answer<T>& answer, const Answer<double>& expected) {
  for (std::size_t jet = 0; jet < expected.distance.size(); ++jet) {
    EXPECT_NEAR(answer.distance[jet], expected.distance[jet], kRounding<T> * expected.distance[jet]) << "jet " << jet;
  }
}

// A sum, and what rounding of each addition may make of it.
struct Sum {
  long double value = 0, size = 0;
  int terms = 0;

  void add(long double term) {
    value += term;
    size += std::abs(term);
    ++terms;
  }
};

// Over pairs of nearest points, with those points held.
template <typename T>
std::vector<Sum> expected_gradient(const Sets<T>& sets, const Answer<T>& answer, const std::vector<T>& grad,
                                   bool of_x) {
  const auto [batch, n, m, dimension] = sets.shape;
  std::vector<Sum> gradient((of_x ? sets.x : sets.y).size());
  const auto add = [&, n = n, m = m, dimension = dimension](std::int64_t jet, std::int64_t i, std::int64_t j) {
    for (std::int64_t d = 0; d < dimension; ++d) {
      const std::int64_t at_x = (jet * n + i) * dimension + d, at_y = (jet * m + j) * dimension + d;
      const long double slope = 2.0L * grad[jet] * (static_cast<long double>(sets.x[at_x]) - sets.y[at_y]);
      gradient[of_x ? at_x : at_y].add(of_x ? slope : -slope);
    }
  };
  for (std::int64_t jet = 0; jet < batch; ++jet) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (answer.x_nearest[jet * n + i] >= 0) add(jet, i, answer.x_nearest[jet * n + i]);
    }
    for (std::int64_t j = 0; j < m; ++j) {
      if (answer.y_nearest[jet * m + j] >= 0) add(jet, answer.y_nearest[jet * m + j], j);
    }
  }
  return gradient;
}

template <typename T>
void expect_gradients(const Sets<T>& sets, const Answer<T>& answer) {
  const auto [batch, n, m, dimension] = sets.shape;
  const auto grad = tests::normal<T>(batch, 99, 1);
  std::vector<T> grad_x(sets.x.size(), T(7)), grad_y(sets.y.size(), T(7));
  const ChamferGradient<T> both{batch,
                                n,
                                m,
                                dimension,
                                sets.x.data(),
                                sets.y.data(),
                                answer.x_nearest.data(),
                                answer.y_nearest.data(),
                                grad.data(),
                                grad_x.data(),
                                grad_y.data()};
  cuda::launch_chamfer_gradient(both, nullptr);
  for (const bool of_x : {true, false}) {
    const auto expected = expected_gradient(sets, answer, grad, of_x);
    const auto& gradient = of_x ? grad_x : grad_y;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto rounding = std::numeric_limits<T>::epsilon() * (2 + expected[i].terms) * expected[i].size;
      EXPECT_NEAR(gradient[i], static_cast<double>(expected[i].value), static_cast<double>(rounding));
    }
    std::vector<T> alone(gradient.size());
    ChamferGradient<T> one = both;
    one.grad_x = of_x ? alone.data() : nullptr;
    one.grad_y = of_x ? nullptr : alone.data();
    cuda::launch_chamfer_gradient(one, nullptr);
    EXPECT_EQ(alone, gradient);
  }
}

// Whole numbers: nothing is rounded, and the nearest of many equally near has to be the first.
template <typename T>
void check(const Shape& shape, bool masked, unsigned seed) {
  SCOPED_TRACE(::testing::Message() << "batch " << shape.batch << ", n " << shape.n << ", m " << shape.m << ", D "
                                    << shape.dimension << (masked ? ", masked" : ""));
  const auto [batch, n, m, dimension] = shape;
  const Mask x_mask(batch, n, seed), y_mask(batch, m, seed + 1);
  Sets<T> sets{shape, tests::whole<T>(batch * n * dimension, seed), tests::whole<T>(batch * m * dimension, seed + 1)};
  if (masked) sets.x_mask = x_mask.values.get(), sets.y_mask = y_mask.values.get();
  const Answer<double> truth = expected(sets);
  const Answer<T> answer = found(sets);
  expect_distances(answer, truth);
  EXPECT_EQ(answer.x_nearest, truth.x_nearest);
  EXPECT_EQ(answer.y_nearest, truth.y_nearest);
  expect_gradients(sets, answer);

  if (n * m > 60000) return;
  sets.x = tests::normal<T>(batch * n * dimension, seed);
  sets.y = tests::normal<T>(batch * m * dimension, seed + 1);
  expect_distances(found(sets), expected(sets));
}

template <typename T>
class Chamfer : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Chamfer, Types);

TYPED_TEST(Chamfer, OfAnySizes) {
  const std::int64_t sizes[] = {0, 1, 31, 32, 33, 50, 100, 200, 257, 1030};
  unsigned seed = 0;
  for (const std::int64_t n : sizes) {
    for (const std::int64_t m : sizes) {
      check<TypeParam>({n * m > 1100 ? 1 : 2, n, m, 3}, seed % 3 == 0, seed);
      ++seed;
    }
  }
}

TYPED_TEST(Chamfer, OfAnyBatch) {
  for (const std::int64_t batch : {0, 1, 5, 33}) {
    for (const bool masked : {false, true}) check<TypeParam>({batch, 40, 50, 3}, masked, 5);
  }
}

TYPED_TEST(Chamfer, InAnyDimension) {
  for (std::int64_t dimension = 1; dimension <= 8; ++dimension) check<TypeParam>({5, 35, 131, dimension}, true, 11);
}

TYPED_TEST(Chamfer, OfWholeRowsOfMaskedPointsBeforeATile) {
  const Shape shape{1, 3, 300, 3};
  Mask mask(1, 300, 0);
  for (int i = 0; i < 300; ++i) mask.values[i] = i > 270;
  const Sets<TypeParam> sets{shape, tests::whole<TypeParam>(9, 1), tests::whole<TypeParam>(900, 2), nullptr,
                             mask.values.get()};
  const auto truth = expected(sets);
  const auto answer = found(sets);
  expect_distances(answer, truth);
  EXPECT_EQ(answer.x_nearest, truth.x_nearest);
  EXPECT_EQ(answer.y_nearest, truth.y_nearest);
}

TYPED_TEST(Chamfer, TakesTheFirstNaNAsTorchMinDoes) {
  const auto nan = std::numeric_limits<TypeParam>::quiet_NaN();
  for (const std::int64_t row : {0, 3, 40, 130, 259}) {
    for (const std::int64_t second : {row, std::int64_t(200)}) {
      for (const bool in_x : {false, true}) {
        Sets<TypeParam> sets{
            {2, 260, 262, 3}, tests::normal<TypeParam>(2 * 780, 1), tests::normal<TypeParam>(2 * 786, 2)};
        (in_x ? sets.x : sets.y)[3 * row + 1] = nan;
        (in_x ? sets.x : sets.y)[3 * second] = nan;
        const auto truth = expected(sets);
        const auto answer = found(sets);
        EXPECT_TRUE(std::isnan(answer.distance[0]));
        EXPECT_NEAR(answer.distance[1], truth.distance[1], kRounding<TypeParam> * truth.distance[1]);
        EXPECT_EQ(answer.x_nearest, truth.x_nearest);
        EXPECT_EQ(answer.y_nearest, truth.y_nearest);
      }
    }
  }
}

// All distances from such a point are NaN, or infinite: the first row is taken, not the first of a later tile.
TYPED_TEST(Chamfer, TakesTheFirstRowForAPointThatIsNotFinite) {
  for (const TypeParam bad :
       {std::numeric_limits<TypeParam>::quiet_NaN(), std::numeric_limits<TypeParam>::infinity()}) {
    for (const std::int64_t row : {0, 40, 130, 200}) {
      Sets<TypeParam> sets{{1, 260, 262, 3}, tests::normal<TypeParam>(780, 1), tests::normal<TypeParam>(786, 2)};
      sets.x[3 * row] = sets.y[3 * 200 + 1] = bad;
      const auto truth = expected(sets);
      const auto answer = found(sets);
      EXPECT_FALSE(std::isfinite(answer.distance[0]));
      EXPECT_EQ(answer.x_nearest, truth.x_nearest) << bad << " in row " << row;
      EXPECT_EQ(answer.y_nearest, truth.y_nearest) << bad << " in row " << row;
    }
  }
}

TYPED_TEST(Chamfer, IsNotReachedByNaNInMaskedRows) {
  Sets<TypeParam> sets{{1, 60, 60, 3}, tests::normal<TypeParam>(180, 1), tests::normal<TypeParam>(180, 2)};
  const Mask mask(1, 60, 4);
  sets.x_mask = sets.y_mask = mask.values.get();
  for (int i = 0; i < 60; ++i) {
    if (!mask.values[i]) sets.x[3 * i] = sets.y[3 * i + 1] = std::numeric_limits<TypeParam>::quiet_NaN();
  }
  const auto answer = found(sets);
  expect_distances(answer, expected(sets));
  expect_gradients(sets, answer);
}

TYPED_TEST(Chamfer, TakesTheFirstOfPointsThatAreAllInfinitelyFar) {
  const auto infinity = std::numeric_limits<TypeParam>::infinity();
  const auto huge = std::numeric_limits<TypeParam>::max();
  for (const TypeParam far : {infinity, huge}) {
    Sets<TypeParam> sets{{1, 70, 140, 3}, std::vector<TypeParam>(210), std::vector<TypeParam>(420, far)};
    const auto answer = found(sets);
    EXPECT_EQ(answer.distance[0], infinity);
    EXPECT_EQ(answer.x_nearest, std::vector<std::int32_t>(70, 0));
    EXPECT_EQ(answer.y_nearest, std::vector<std::int32_t>(140, 0));
  }
}

// 0 times NaN is NaN: padding is left out, not multiplied by nothing.
TYPED_TEST(Chamfer, GradientAtMaskedRowsIsZeroWhateverComesIn) {
  Sets<TypeParam> sets{{1, 60, 60, 3}, tests::normal<TypeParam>(180, 1), tests::normal<TypeParam>(180, 2)};
  const Mask mask(1, 60, 4);
  sets.x_mask = mask.values.get();
  const auto answer = found(sets);
  const TypeParam grad = std::numeric_limits<TypeParam>::quiet_NaN();
  std::vector<TypeParam> grad_x(180, TypeParam(7));
  cuda::launch_chamfer_gradient(
      ChamferGradient<TypeParam>{1, 60, 60, 3, sets.x.data(), sets.y.data(), answer.x_nearest.data(),
                                 answer.y_nearest.data(), &grad, grad_x.data(), nullptr},
      nullptr);
  for (int i = 0; i < 180; ++i) {
    if (mask.values[i / 3]) {
      EXPECT_TRUE(std::isnan(grad_x[i]));
    } else {
      EXPECT_EQ(grad_x[i], 0) << "at a masked row";
    }
  }
}

TYPED_TEST(Chamfer, GradientTrustsNoIndex) {
  const Sets<TypeParam> sets{{1, 2, 2, 1}, {1, 2}, {3, 4}};
  const std::int32_t wrong[] = {2, -5};
  const TypeParam grad = 1;
  TypeParam grad_x[2];
  cuda::launch_chamfer_gradient(
      ChamferGradient<TypeParam>{1, 2, 2, 1, sets.x.data(), sets.y.data(), wrong, wrong, &grad, grad_x, nullptr},
      nullptr);
  EXPECT_EQ(grad_x[0], 0);
  EXPECT_EQ(grad_x[1], 0);
}

// Pages that nobody touches cost nothing.
template <typename T>
struct Sparse {
  std::int64_t bytes;
  T* data;

  explicit Sparse(std::int64_t count) : bytes(count * static_cast<std::int64_t>(sizeof(T))) {
    void* memory = mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    data = memory == MAP_FAILED ? nullptr : static_cast<T*>(memory);
  }
  ~Sparse() {
    if (data) munmap(data, static_cast<std::size_t>(bytes));
  }
};

TEST(ChamferLaunch, OffsetsPastFourBillion) {
  // More jets than the largest grid has warps, so that the last jets are those of the first blocks, once more.
  const std::int64_t batch = (std::int64_t(1) << 26) + 5, n = 8, dimension = 8, last = batch - 1;
  const Sparse<float> x(batch * n * dimension), y(batch * n * dimension), distance(batch);
  const Sparse<std::int32_t> x_nearest(batch * n), y_nearest(batch * n);
  if (!x.data || !y.data || !distance.data || !x_nearest.data || !y_nearest.data) {
    GTEST_SKIP() << "this system gives out no more memory than it has";
  }
  Sets<float> sets{{1, n, n, dimension}, tests::normal<float>(64, 1), tests::normal<float>(64, 2)};
  std::copy(sets.x.begin(), sets.x.end(), x.data + last * 64);
  std::copy(sets.y.begin(), sets.y.end(), y.data + last * 64);
  emulation::options().only_block = last % (std::int64_t(1) << 26) / 4;
  cuda::launch_chamfer(ChamferBatch<float>{batch, n, n, dimension, x.data, y.data, nullptr, nullptr, distance.data,
                                           x_nearest.data, y_nearest.data},
                       nullptr);
  emulation::options().only_block = -1;
  const auto answer = expected(sets);
  EXPECT_NEAR(distance.data[last], answer.distance[0], 1e-6 * answer.distance[0]);
  EXPECT_EQ(std::vector<std::int32_t>(x_nearest.data + last * n, x_nearest.data + batch * n), answer.x_nearest);
  EXPECT_EQ(std::vector<std::int32_t>(y_nearest.data + last * n, y_nearest.data + batch * n), answer.y_nearest);
}

TEST(ChamferLaunch, RefusesOtherDimensions) {
  float distance;
  for (const std::int64_t dimension : {0, 9}) {
    const Sets<float> sets{{1, 0, 0, dimension}, {}, {}};
    EXPECT_THROW(cuda::launch_chamfer(batch_of(sets, &distance), nullptr), Error);
  }
}

TEST(ChamferLaunch, RefusesMorePointsThanItCanCount) {
  float distance;
  for (const bool in_x : {false, true}) {
    const std::int64_t many = std::int64_t(1) << 31;
    const Sets<float> sets{{1, in_x ? many : 0, in_x ? 0 : many, 3}, {}, {}};
    EXPECT_THROW(cuda::launch_chamfer(batch_of(sets, &distance), nullptr), Error);
  }
}

TEST(ChamferLaunch, TellsOfALaunchThatFailed) {
  float distance;
  const Sets<float> sets{{1, 0, 0, 3}, {}, {}};
  emulation::options().launches_fail = true;
  EXPECT_THROW(cuda::launch_chamfer(batch_of(sets, &distance), nullptr), Error);
  emulation::options().launches_fail = false;
}

}  // namespace
}  // namespace pyjetsim
