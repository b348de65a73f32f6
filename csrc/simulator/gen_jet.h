// A gen jet as the model takes it.
#pragma once

#include <vector>

#include "pyjetsim/selection.h"
#include "pyjetsim/span.h"
#include "simulator/manifest.h"

namespace pyjetsim {

struct GenJet {
  bool empty;           // it has no constituents
  bool outside_domain;  // judged by all of its constituents
  bool truncated;       // the model takes fewer
};

// Writes the hardest constituents of a jet to the P rows `input`, padded with zero rows. Rows of zeros in `momenta` are
// no constituents. `order` is memory to work in.
GenJet prepare_gen_jet(const Manifest& manifest, Span<const float> momenta, std::vector<RankedConstituent>& order,
                       float* input);

}  // namespace pyjetsim
