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
  events.push_back({particles.event, clustered.jets.size(), particles.borrowed_units});
  for (const ClusteredJet& found : clustered.jets) {
    jets.push_back(found);
    jets.back().first += pid.size();
  }
  append_pids(particles.pid, clustered, pid);
  append_constituents(particles.view(), clustered, momenta, offsets);
}

}  // namespace pyjetsim
