// Spans that callers gave, checked before a kernel writes through them.
#pragma once

#include <cstdint>
#include <string>

#include "pyjetsim/error.h"
#include "pyjetsim/points.h"

namespace pyjetsim {

constexpr std::int64_t kMostPoints = std::int64_t{1} << 24;  // of a set: rows are counted in floats

inline void check_size(const char* name, std::size_t size, std::size_t expected) {
  if (size == expected) return;
  throw Error(std::string(name) + " has " + std::to_string(size) + " elements, not " + std::to_string(expected),
              "a kernel would read or write beyond it", "give a span that fits the point sets");
}

template <typename T>
void check_sets(const char* name, const PointSets<T>& sets) {
  if (sets.dimension < 1 || sets.dimension > 8 || sets.points > std::size_t{kMostPoints}) {
    throw Error(std::string(name) + " has " + std::to_string(sets.points) + " points of dimension " +
                    std::to_string(sets.dimension),
                "kernels take at most " + std::to_string(kMostPoints) + " points of dimension 1 to 8",
                "split or project the sets");
  }
  check_size(name, sets.coordinates.size(), sets.sets * sets.points * sets.dimension);
  if (!sets.mask.empty()) check_size(name, sets.mask.size(), sets.sets * sets.points);
}

inline std::int64_t as_signed(std::size_t size) { return static_cast<std::int64_t>(size); }

// Null where every row is a point.
template <typename T>
const bool* mask_of(const PointSets<T>& sets) {
  return sets.mask.empty() ? nullptr : sets.mask.data();
}

}  // namespace pyjetsim
