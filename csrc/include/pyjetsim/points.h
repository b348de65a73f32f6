/// \file
/// A batch of point sets, such as the constituents of jets.
#pragma once

#include <cstddef>
#include <type_traits>

#include "pyjetsim/span.h"

namespace pyjetsim {

/// A batch of sets of points; does not own them. T is float or double.
template <typename T>
struct PointSets {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "points are float or double");

  std::size_t sets;            ///< Number of sets.
  std::size_t points;          ///< Rows of each set: its points and padding.
  std::size_t dimension;       ///< Coordinates of a point.
  Span<const T> coordinates;   ///< (sets, points, dimension), row-major.
  Span<const bool> mask = {};  ///< (sets, points), true for points; other rows are left out. Empty: all are points.
};

}  // namespace pyjetsim
