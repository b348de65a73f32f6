// A batch of point sets, such as the constituents of jets.
#pragma once

#include <cstddef>
#include <type_traits>

#include "pyjetsim/span.h"

namespace pyjetsim {

// `sets` sets of up to `points` points of `dimension` coordinates, row-major; T is float or double.
// A mask, if not empty, has sets * points entries, true for points: other rows are left out, whatever they hold.
template <typename T>
struct PointSets {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "points are float or double");

  std::size_t sets, points, dimension;
  Span<const T> coordinates;
  Span<const bool> mask = {};
};

}  // namespace pyjetsim
