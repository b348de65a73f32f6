// The particles of an event that go into gen jets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "framework/modules/invisible_particles.h"
#include "framework/modules/products.h"
#include "pyjetsim/jets.h"

namespace pyjetsim::framework {

// Stable, visible, and in acceptance. Filled again for each event.
class VisibleParticles {
 public:
  void select(const GenParticles& particles, const InvisibleParticles& invisible, const Acceptance& acceptance);

  ParticlesView view() const { return {momenta_, masses_}; }
  // PDG ids of the same.
  Span<const std::int32_t> pids() const { return pids_; }
  // Where a selected particle stands in the event.
  std::size_t index(std::size_t selected) const { return index_[selected]; }

 private:
  std::vector<double> momenta_, masses_;
  std::vector<std::int32_t> pids_;
  std::vector<std::size_t> index_;
};

}  // namespace pyjetsim::framework
