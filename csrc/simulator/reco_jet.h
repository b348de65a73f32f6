// What the model gives, as a reco jet.
#pragma once

#include <cstddef>
#include <vector>

#include "pyjetsim/selection.h"
#include "simulator/manifest.h"

namespace pyjetsim {

// Applies the manifest's cuts to the P rows `output` of a jet, in place: those that pass come first, by falling pt, and
// zero rows follow. Returns how many there are. `order` and `momenta` are memory to work in.
std::size_t make_reco_jet(const Manifest& manifest, std::vector<RankedConstituent>& order, std::vector<float>& momenta,
                          float* output);

}  // namespace pyjetsim
