#include "framework/modules/visible_particles.h"

namespace pyjetsim::framework {
namespace {

constexpr int kStable = 1;

}  // namespace

void VisibleParticles::select(const GenParticles& particles, const InvisibleParticles& invisible,
                              const Acceptance& acceptance) {
  momenta_.clear();
  masses_.clear();
  pids_.clear();
  index_.clear();
  for (std::size_t i = 0; i < particles.size(); ++i) {
    const GenParticle& each = particles[i];
    if (each.status != kStable || !is_visible(each.pid, invisible.ids)) continue;
    if (!acceptance.holds(each.px, each.py, each.pz)) continue;
    momenta_.insert(momenta_.end(), {each.px, each.py, each.pz});
    masses_.push_back(each.mass);
    pids_.push_back(each.pid);
    index_.push_back(i);
  }
}

}  // namespace pyjetsim::framework
