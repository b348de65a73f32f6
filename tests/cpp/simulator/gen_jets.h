// Gen jets for the small bundle.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "pyjetsim/simulator.h"

struct GenJets {
  std::vector<float> momenta;
  std::vector<std::size_t> offsets = {0};

  pyjetsim::JetsView view() const { return {momenta, offsets}; }
  pyjetsim::JetsView view(const std::vector<std::int32_t>& pids) const { return {momenta, offsets, pids}; }
  std::size_t size() const { return offsets.size() - 1; }
  void end_jet() { offsets.push_back(momenta.size() / 3); }

  // With none to 15 constituents each, zero rows among them.
  static GenJets random(std::size_t jets, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    GenJets made;
    for (std::size_t j = 0; j < jets; ++j) {
      const float phi = normal(random) * 2, slope = normal(random);
      for (unsigned i = random() % 16; i > 0; --i) {
        const float pt = random() % 8 == 0 ? 0.0f : 30 * std::exp(normal(random));
        for (const float p : {pt * std::cos(phi), pt * std::sin(phi), pt * slope}) made.momenta.push_back(p);
      }
      made.end_jet();
    }
    return made;
  }

  // For each constituent, zero rows too.
  std::vector<std::int32_t> random_pids(unsigned seed) const {
    const std::int32_t kinds[] = {211, -211, 22, 130, 11, 0};
    std::mt19937 random(seed);
    std::vector<std::int32_t> pids;
    for (std::size_t i = 0; i < momenta.size() / 3; ++i) pids.push_back(kinds[random() % 6]);
    return pids;
  }
};
