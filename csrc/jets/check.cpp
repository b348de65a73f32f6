#include "jets/check.h"

#include <cmath>
#include <string>

#include "number_text.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

// FastJet takes no larger one.
constexpr double kLargestRadius = 1000;

// Jets are stored in float.
bool finite(double value) { return std::isfinite(static_cast<float>(value)); }

bool all_finite(Span<const double> values) {
  bool good = true;
  for (const double value : values) good = good & finite(value);
  return good;
}

std::size_t first_bad(const ParticlesView& particles) {
  std::size_t i = 0;
  while (all_finite(particles.momenta.subspan(3 * i, 3)) && (particles.masses.empty() || finite(particles.masses[i]))) {
    ++i;
  }
  return i;
}

}  // namespace

void check(const ParticlesView& particles) {
  const std::size_t n = particles.momenta.size() / 3;
  if (particles.momenta.size() != 3 * n) {
    throw Error("momenta are " + std::to_string(particles.momenta.size()) + " numbers",
                "a particle has three: px, py, pz", "give three for each");
  }
  if (!particles.masses.empty() && particles.masses.size() != n) {
    throw Error(std::to_string(n) + " particles have " + std::to_string(particles.masses.size()) + " masses",
                "every particle has one", "give masses for all particles or for none");
  }
  if (!all_finite(particles.momenta) || !all_finite(particles.masses)) {
    throw Error("particle " + std::to_string(first_bad(particles)) + " is not finite",
                "one such particle would spoil every jet of its event", "drop it, or find out where it comes from");
  }
}

void check(const JetDefinition& definition) {
  if (!(definition.radius > 0 && definition.radius <= kLargestRadius)) {
    throw Error("radius is " + fixed_text(definition.radius), "a jet has a size, and FastJet takes at most 1000",
                "give a radius above 0, such as 0.5");
  }
  if (std::isnan(definition.pt_min) || std::isnan(definition.eta_max)) {
    throw Error("pt_min is " + fixed_text(definition.pt_min) + " and eta_max " + fixed_text(definition.eta_max),
                "no jet would pass", "give numbers");
  }
}

}  // namespace pyjetsim
