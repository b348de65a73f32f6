// Pairs of gen and reco jets, column by column as in a jets.h5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyjetsim {

// N jets with room for P constituents.
struct JetTable {
  std::vector<float> constituents;           // (N, P, 3) px, py, pz in GeV, pt-descending, zero-padded
  std::vector<std::int32_t> pid;             // (N, P) PDG ids; 0 for padding and where unknown
  std::vector<std::int32_t> n_constituents;  // (N) before truncation to P
  std::vector<float> jet;                    // (N, 4) pt, eta, phi, mass in GeV, from all constituents
};

struct PairTable {
  JetTable gen, reco;
  std::vector<std::int64_t> event;       // (N) number of the event
  std::vector<float> delta_r;            // (N) distance of the gen and the reco axis in eta and phi
  std::vector<std::int32_t> n_vertices;  // (N) the hard collision and the pileup

  std::size_t size() const { return event.size(); }
};

}  // namespace pyjetsim
