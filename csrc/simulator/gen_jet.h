// A gen jet as the model takes it.
#pragma once

#include <cstdint>
#include <vector>

#include "pyjetsim/selection.h"
#include "pyjetsim/span.h"
#include "simulator/manifest.h"

namespace pyjetsim {

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

}  // namespace pyjetsim
