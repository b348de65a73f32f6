// FastJet, and which jet each particle went to.
#pragma once

#include <cstddef>
#include <vector>

#include "pyjetsim/export.h"

namespace pyjetsim {

constexpr std::size_t kNoJet = static_cast<std::size_t>(-1);
// FastJet takes no larger one. Its jet is all particles of an event: it is made without FastJet.
constexpr double kLargestRadius = 1000;

struct FourMomentum {
  double px, py, pz, energy;
};

// For each particle the number of its jet, or kNoJet. Jets of FastJet's pt below pt_min are left out; the others are
// numbered in FastJet's order, from 0. Returns how many there are.
std::size_t anti_kt(const std::vector<FourMomentum>& particles, double radius, double pt_min,
                    std::vector<std::size_t>& jet_of);

struct Ghosts {
  double area;          // of one, in rapidity and phi
  double rapidity_max;  // they reach to
};

// For each particle the active area of its jet, 0 where FastJet's pt is below pt_min: arXiv:0802.1188. The ghosts
// depend on the two seeds alone, which are above 0 and below 2e9.
PYJETSIM_EXPORT void active_areas(const std::vector<FourMomentum>& particles, double radius, double pt_min,
                                  const Ghosts& ghosts, const std::vector<int>& seeds, std::vector<double>& area_of);

}  // namespace pyjetsim
