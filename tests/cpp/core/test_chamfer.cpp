// The Chamfer distance as other C++ programs call it.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pyjetsim/chamfer.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

// Two pairs of sets in the plane.
const std::vector<double> kX = {0, 0, 3, 4, /**/ 1, 1, 9, 9};
const std::vector<double> kY = {0, 1, /**/ 1, 1};

PointSets<double> x() { return {2, 2, 2, kX}; }
PointSets<double> y() { return {2, 1, 2, kY}; }

TEST(ChamferDistance, IsTheSumOfBothDirections) {
  std::vector<double> distance(2);
  chamfer_distance<double>(x(), y(), distance);
  EXPECT_EQ(distance, (std::vector<double>{1 + 18 + 1, 0 + 128 + 0}));
}

TEST(ChamferDistance, LeavesMaskedRowsOut) {
  const std::array<bool, 4> mask = {true, false, false, false};
  PointSets<double> masked = x();
  masked.mask = mask;
  std::vector<double> distance(2);
  chamfer_distance<double>(masked, y(), distance);
  EXPECT_EQ(distance, (std::vector<double>{2, 0})) << "the second set is empty";
}

TEST(ChamferNearest, NamesRowsAndItsGradientHoldsThem) {
  std::vector<double> distance(2), grad_x(8), grad_y(4);
  std::vector<std::int32_t> x_nearest(4), y_nearest(2);
  chamfer_nearest<double>(x(), y(), distance, x_nearest, y_nearest);
  EXPECT_EQ(x_nearest, (std::vector<std::int32_t>{0, 0, 0, 0}));
  EXPECT_EQ(y_nearest, (std::vector<std::int32_t>{0, 0}));
  const std::vector<double> grad = {1, 10};
  chamfer_backward<double>(grad, x(), y(), x_nearest, y_nearest, grad_x, grad_y);
  EXPECT_EQ(grad_x, (std::vector<double>{0, -4, 6, 6, 0, 0, 160, 160}));
  EXPECT_EQ(grad_y, (std::vector<double>{-6, -2, -160, -160}));
}

TEST(ChamferBackward, WritesNothingThatIsNotWanted) {
  const std::vector<std::int32_t> x_nearest = {0, 0, 0, 0}, y_nearest = {0, 0};
  const std::vector<double> grad = {1, 10};
  std::vector<double> grad_y(4);
  chamfer_backward<double>(grad, x(), y(), x_nearest, y_nearest, {}, grad_y);
  EXPECT_EQ(grad_y, (std::vector<double>{-6, -2, -160, -160}));
}

TEST(ChamferBackward, PassesOverRowsThatDoNotExist) {
  const std::vector<std::int32_t> wild = {1000000, -7, 0, 0}, y_nearest = {-1, -1};
  const std::vector<double> grad = {1, 10};
  std::vector<double> grad_x(8);
  chamfer_backward<double>(grad, x(), y(), wild, y_nearest, grad_x, {});
  EXPECT_EQ(grad_x, (std::vector<double>{0, 0, 0, 0, 0, 0, 160, 160}));
}

TEST(ChamferDistance, OfNothingIsNothing) {
  std::vector<float> distance, one(1);
  chamfer_distance<float>({0, 50, 3, {}}, {0, 50, 3, {}}, distance);
  chamfer_distance<float>({1, 0, 3, {}}, {1, 0, 3, {}}, one);
  EXPECT_EQ(one[0], 0);
}

TEST(ChamferDistance, RefusesSpansThatDoNotFit) {
  std::vector<double> distance(2), short_distance(1);
  const std::array<bool, 3> mask = {true, true, true};
  PointSets<double> masked = x();
  masked.mask = mask;
  EXPECT_THROW(chamfer_distance<double>(x(), y(), short_distance), Error);
  EXPECT_THROW(chamfer_distance<double>(masked, y(), distance), Error);
  EXPECT_THROW(chamfer_distance<double>({2, 3, 2, kX}, y(), distance), Error);
  EXPECT_THROW(chamfer_distance<double>({4, 1, 2, kX}, y(), distance), Error);
  EXPECT_THROW(chamfer_distance<double>({2, 4, 1, kX}, y(), distance), Error);
  EXPECT_THROW(chamfer_distance<double>({1, 1, 9, Span<const double>(kX.data(), 9)}, y(), distance), Error);
}

}  // namespace
}  // namespace pyjetsim
