// Anti-kt as its paper has it: every pair is looked at in every step.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "random_event.h"

namespace pyjetsim {

struct ByHand {
  double px = 0, py = 0, pz = 0, energy = 0;
  std::vector<std::size_t> constituents;

  double pt() const { return std::hypot(px, py); }
  double rapidity() const { return 0.5 * std::log((energy + pz) / (energy - pz)); }
  double mass() const { return std::sqrt(std::max(energy * energy - px * px - py * py - pz * pz, 0.0)); }
};

inline ByHand merge(const ByHand& a, const ByHand& b) {
  ByHand both{a.px + b.px, a.py + b.py, a.pz + b.pz, a.energy + b.energy, a.constituents};
  both.constituents.insert(both.constituents.end(), b.constituents.begin(), b.constituents.end());
  return both;
}

inline double distance(const ByHand& a, const ByHand& b, double radius) {
  const double dy = a.rapidity() - b.rapidity();
  const double dphi = std::remainder(std::atan2(a.py, a.px) - std::atan2(b.py, b.px), 2 * std::acos(-1.0));
  const double hardest = std::max(a.pt(), b.pt());
  return (dy * dy + dphi * dphi) / (radius * radius * hardest * hardest);
}

// Jets by falling pt.
inline std::vector<ByHand> anti_kt_by_hand(const RandomEvent& event, double radius) {
  std::vector<ByHand> left, jets;
  for (std::size_t i = 0; i < event.masses.size(); ++i) {
    const double *p = &event.momenta[3 * i], m = event.masses[i];
    left.push_back({p[0], p[1], p[2], std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2] + m * m), {i}});
  }
  while (!left.empty()) {
    double smallest = INFINITY;
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
      for (std::size_t j = i; j < left.size(); ++j) {
        const double found = i == j ? 1 / (left[i].pt() * left[i].pt()) : distance(left[i], left[j], radius);
        if (found < smallest) smallest = found, a = i, b = j;
      }
    }
    const ByHand merged = a == b ? left[a] : merge(left[a], left[b]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(b));
    if (a == b) {
      jets.push_back(merged);
    } else {
      left[a] = merged;
    }
  }
  std::sort(jets.begin(), jets.end(), [](const ByHand& x, const ByHand& y) { return x.pt() > y.pt(); });
  return jets;
}

}  // namespace pyjetsim
