// Constituents by falling pt.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "pyjetsim/selection.h"

namespace pyjetsim {

// As hypotf of the C library, which NumPy calls: squares are exact in double precision, and do not overflow.
inline float transverse_momentum(const float* momentum) {
  const double px = momentum[0], py = momentum[1];
  return static_cast<float>(std::sqrt(px * px + py * py));
}

// Of equal pt the first comes first, so that the result is the same everywhere. Without std::stable_sort's memory; and
// jets come sorted as a rule.
inline void sort_by_pt(std::vector<RankedConstituent>& constituents) {
  const auto before = [](const RankedConstituent& a, const RankedConstituent& b) {
    return a.pt > b.pt || (a.pt == b.pt && a.row < b.row);
  };
  if (std::is_sorted(constituents.begin(), constituents.end(), before)) return;
  std::sort(constituents.begin(), constituents.end(), before);
}

}  // namespace pyjetsim
