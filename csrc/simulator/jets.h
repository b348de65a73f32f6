// Gen jets as the model takes them, and what it gives as reco jets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bundle/manifest.h"
#include "pyjetsim/selection.h"
#include "pyjetsim/simulator.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

// --- Jets that a caller gives.

// How many there are. Throws Error where the spans do not fit each other, and for momenta that are not finite.
std::size_t check_jets(const JetsView& jets);

// Of any of them.
inline Span<const float> constituents_of(const JetsView& jets, std::size_t jet) {
  return jets.momenta.subspan(3 * jets.offsets[jet], 3 * (jets.offsets[jet + 1] - jets.offsets[jet]));
}

// PDG ids of the same; empty where they are unknown.
inline Span<const std::int32_t> pids_of(const JetsView& jets, std::size_t jet) {
  if (jets.pids.empty()) return {};
  return jets.pids.subspan(jets.offsets[jet], jets.offsets[jet + 1] - jets.offsets[jet]);
}

// --- A gen jet as the model takes it.

struct GenJet {
  bool empty;             // it has no constituents
  float domain_distance;  // judged by all of its constituents
  bool truncated;         // the model takes fewer
};

// Writes the hardest constituents of a jet to the P rows `input`, padded with zero rows, and their PDG ids to the P
// `input_pids`, zeros where `pids` is empty. Rows of zeros in `momenta` are no constituents. `order` is memory to work
// in. No `input_pids`: the model uses none.
GenJet prepare_gen_jet(const Manifest& manifest, Span<const float> momenta, Span<const std::int32_t> pids,
                       std::vector<RankedConstituent>& order, float* input, std::int32_t* input_pids);

// --- What the model gives, as a reco jet.

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

// --- How far a gen jet lies outside the phase space that the model was trained on.

// The largest of the distances of pt in GeV (on a logarithmic scale), eta and number of constituents (logarithmic) from
// the range trained on, each in widths of that range: 0 inside, 1 as far outside as the range is wide. Never infinite.
float domain_distance(const Manifest& manifest, float pt, float eta, std::size_t n_constituents);

}  // namespace pyjetsim
