// Constituents by falling pt.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace pyjetsim {

struct ByPt {
  float pt;           // GeV
  std::uint32_t row;  // of the jet's constituents
};

inline float transverse_momentum(const float* momentum) { return std::hypot(momentum[0], momentum[1]); }

// Of equal pt the first comes first, so that the result is the same everywhere. Without std::stable_sort's memory; and
// jets come sorted as a rule.
inline void sort_by_pt(std::vector<ByPt>& constituents) {
  const auto before = [](const ByPt& a, const ByPt& b) { return a.pt > b.pt || (a.pt == b.pt && a.row < b.row); };
  if (std::is_sorted(constituents.begin(), constituents.end(), before)) return;
  std::sort(constituents.begin(), constituents.end(), before);
}

}  // namespace pyjetsim
