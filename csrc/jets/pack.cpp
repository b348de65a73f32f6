#include "pyjetsim/jets.h"

namespace pyjetsim {

void append_constituents(const ParticlesView& particles, const ClusteredJets& clustered, std::vector<float>& momenta,
                         std::vector<std::size_t>& offsets) {
  if (offsets.empty()) offsets.push_back(0);
  for (const ClusteredJet& jet : clustered.jets) {
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) {
      const double* p = particles.momenta.data() + 3 * clustered.constituents[i];
      for (std::size_t axis = 0; axis < 3; ++axis) momenta.push_back(static_cast<float>(p[axis]));
    }
    offsets.push_back(momenta.size() / 3);
  }
}

void append_pids(Span<const std::int32_t> pids, const ClusteredJets& clustered, std::vector<std::int32_t>& output) {
  for (const ClusteredJet& jet : clustered.jets) {
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) output.push_back(pids[clustered.constituents[i]]);
  }
}

}  // namespace pyjetsim
