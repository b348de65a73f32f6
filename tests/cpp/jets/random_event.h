// Particles of one event: two bunches, and soft ones around.
#pragma once

#include <cmath>
#include <random>
#include <vector>

namespace pyjetsim {

struct RandomEvent {
  std::vector<double> momenta, masses;
};

inline RandomEvent random_event(std::size_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> wide_eta(-3, 3), wide_phi(-3.14, 3.14);
  std::normal_distribution<double> near(0, 0.2);
  std::exponential_distribution<double> pt_of_bunch(1 / 15.0), soft(1 / 0.7);
  RandomEvent event;
  for (std::size_t i = 0; i < n; ++i) {
    const bool in_bunch = i % 3 != 0;
    const double pt = in_bunch ? pt_of_bunch(random) : soft(random);
    const double eta = in_bunch ? near(random) + (i % 3 == 1 ? 0.7 : -0.4) : wide_eta(random);
    const double phi = in_bunch ? near(random) + (i % 3 == 1 ? 3.1 : 0.2) : wide_phi(random);
    event.momenta.insert(event.momenta.end(), {pt * std::cos(phi), pt * std::sin(phi), pt * std::sinh(eta)});
    event.masses.push_back(i % 2 == 0 ? 0 : 0.14);
  }
  return event;
}

}  // namespace pyjetsim
