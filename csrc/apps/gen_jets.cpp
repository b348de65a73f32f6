#include "apps/gen_jets.h"

namespace pyjetsim {

void GenJets::clear() {
  events.clear();
  jets.clear();
  momenta.clear();
  pid.clear();
  offsets.assign(1, 0);
}

void GenJets::append(const Particles& particles, const ClusteredJets& clustered) {
  events.push_back({particles.event, clustered.jets.size()});
  for (const ClusteredJet& found : clustered.jets) {
    ClusteredJet& jet = jets.emplace_back(found);
    jet.first = pid.size();
    for (std::size_t i = found.first; i < found.first + found.count; ++i) {
      pid.push_back(particles.pid[clustered.constituents[i]]);
    }
  }
  append_constituents(particles.view(), clustered, momenta, offsets);
}

}  // namespace pyjetsim
