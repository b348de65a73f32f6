#include "apps/pair_rows.h"

#include <algorithm>
#include <cstdint>

#include "core/angles.h"

namespace pyjetsim {

namespace {

void append_jet(Span<const float> momenta, Span<const std::int32_t> pids, float pt, float eta, float phi, float mass,
                std::size_t room, JetTable& table) {
  const std::size_t count = momenta.size() / 3, stored = std::min(count, room);
  table.constituents.insert(table.constituents.end(), momenta.begin(), momenta.begin() + 3 * stored);
  table.constituents.resize(table.constituents.size() + 3 * (room - stored));
  table.pid.insert(table.pid.end(), pids.begin(), pids.begin() + stored);
  table.pid.resize(table.pid.size() + (room - stored));
  table.n_constituents.push_back(static_cast<std::int32_t>(count));
  table.jet.insert(table.jet.end(), {pt, eta, phi, mass});
}

}  // namespace

void reserve(std::size_t rows, std::size_t room, PairTable& pairs) {
  for (JetTable* jets : {&pairs.gen, &pairs.reco}) {
    jets->constituents.reserve(3 * rows * room);
    jets->pid.reserve(rows * room);
    jets->n_constituents.reserve(rows);
    jets->jet.reserve(4 * rows);
  }
  pairs.event.reserve(rows);
  pairs.delta_r.reserve(rows);
  pairs.n_vertices.reserve(rows);
}

void append_pair(const GenJets& gen, std::size_t jet, std::int64_t event, const SimulatedJets& reco, std::size_t room,
                 PairTable& pairs) {
  const ClusteredJet& clustered = gen.jets[jet];
  const std::size_t first = clustered.first;
  const float eta = static_cast<float>(clustered.eta), phi = static_cast<float>(clustered.phi);
  append_jet({gen.momenta.data() + 3 * first, 3 * clustered.count}, {gen.pid.data() + first, clustered.count},
             static_cast<float>(clustered.pt), eta, phi, static_cast<float>(clustered.mass), room, pairs.gen);

  const SimulatedJet& answer = reco[jet];
  append_jet(reco.constituents(jet), reco.pids(jet), answer.pt, answer.eta, answer.phi, answer.mass, room, pairs.reco);

  pairs.event.push_back(event);
  pairs.delta_r.push_back(
      static_cast<float>(delta_r(double{eta}, double{phi}, double{answer.eta}, double{answer.phi})));
  pairs.n_vertices.push_back(1);
}

}  // namespace pyjetsim
