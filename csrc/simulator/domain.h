// How far a gen jet lies outside the phase space that the model was trained on.
#pragma once

#include <cstddef>

#include "simulator/manifest.h"

namespace pyjetsim {

// The largest of the distances of pt in GeV (on a logarithmic scale), eta and number of constituents (logarithmic) from
// the range trained on, each in widths of that range: 0 inside, 1 as far outside as the range is wide. Never infinite.
float domain_distance(const Manifest& manifest, float pt, float eta, std::size_t n_constituents);

}  // namespace pyjetsim
