#include "framework/modules/visible_particles.h"

#include <cmath>

namespace pyjetsim::framework {
namespace {

constexpr int kStable = 1;

// Also true for what is not finite, which clustering then refuses by name.
bool inside(const GenParticle& particle, double eta_max) {
  const double pt = std::hypot(particle.px, particle.py);
  return !(std::abs(std::asinh(particle.pz / pt)) >= eta_max);
}

}  // namespace

void VisibleParticles::select(const GenParticles& particles, const InvisibleParticles& invisible, double eta_max) {
  momenta_.clear();
  masses_.clear();
  index_.clear();
  for (std::size_t i = 0; i < particles.size(); ++i) {
    const GenParticle& each = particles[i];
    if (each.status != kStable || invisible.contain(each.pid) || !inside(each, eta_max)) continue;
    momenta_.insert(momenta_.end(), {each.px, each.py, each.pz});
    masses_.push_back(each.mass);
    index_.push_back(i);
  }
}

}  // namespace pyjetsim::framework
