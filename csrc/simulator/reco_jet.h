// What the model gives, as a reco jet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pyjetsim/selection.h"
#include "simulator/manifest.h"

namespace pyjetsim {

// Memory to work in.
struct RecoJetBuffers {
  std::vector<RankedConstituent> order;
  std::vector<float> momenta;
};

// Applies the manifest's cuts to the rows `output` of a jet, in place: those that pass come first, by falling pt, and
// zero rows follow. Returns how many there are, and appends the PDG id of each to `pids`: that of its row in
// `output_pids`, 0 without these.
std::size_t make_reco_jet(const Manifest& manifest, RecoJetBuffers& buffers, float* output,
                          const std::int32_t* output_pids, std::vector<std::int32_t>& pids);

}  // namespace pyjetsim
