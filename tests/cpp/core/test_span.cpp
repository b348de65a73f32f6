// What a span can be made of.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pyjetsim/span.h"

namespace pyjetsim {
namespace {

struct Base {
  int number;
};
struct Derived : Base {
  int more;
};

TEST(Span, IsMadeOfContainersOfItsElements) {
  static_assert(std::is_convertible_v<std::vector<int>&, Span<int>>);
  static_assert(std::is_convertible_v<std::vector<int>&, Span<const int>>);
  static_assert(std::is_convertible_v<const std::array<int, 3>&, Span<const int>>);
  static_assert(std::is_convertible_v<Span<int>, Span<const int>>);
  static_assert(!std::is_convertible_v<const std::vector<int>&, Span<int>>);
  static_assert(!std::is_convertible_v<std::vector<long>&, Span<int>>);
  static_assert(!std::is_convertible_v<std::vector<Derived>&, Span<Base>>, "their elements are farther apart");
  const std::vector<int> numbers = {4, 5, 6};
  const Span<const int> all = numbers;
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(all.subspan(1, 2)[0], 5);
  EXPECT_TRUE(Span<int>().empty());
}

}  // namespace
}  // namespace pyjetsim
