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

[[noreturn]] void refuse(const char* name, std::size_t particle, double value) {
  const bool large = std::isfinite(value);
  throw Error(
      std::string(name) + " of particle " + std::to_string(particle) + " is " + short_text(value, 3) +
          (large ? " GeV" : ", no finite number"),
      large ? "jets hold numbers of 32 bits, up to 3.4e+38" : "one such particle would spoil every jet of its event",
      "drop it, or find out where it comes from");
}

[[noreturn]] void refuse_first_bad(const ParticlesView& particles) {
  for (std::size_t i = 0;; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      static constexpr const char* names[] = {"px", "py", "pz"};
      if (!finite(particles.momenta[3 * i + k])) refuse(names[k], i, particles.momenta[3 * i + k]);
    }
    if (!particles.masses.empty() && !finite(particles.masses[i])) refuse("the mass", i, particles.masses[i]);
  }
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
  if (!all_finite(particles.momenta) || !all_finite(particles.masses)) refuse_first_bad(particles);
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
