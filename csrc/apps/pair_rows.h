// Pairs of gen and simulated jets as rows of a jets.h5.
#pragma once

#include <cstddef>

#include "apps/gen_jets.h"
#include "io/pair_table.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// Takes the memory for so many pairs at once: by growing it would take twice as much.
void reserve(std::size_t rows, std::size_t room, PairTable& pairs);

// Adds the pair of gen jet `jet`, of event number `event`, and its simulation, with room for so many constituents of
// each.
void append_pair(const GenJets& gen, std::size_t jet, std::int64_t event, const SimulatedJets& reco, std::size_t room,
                 PairTable& pairs);

}  // namespace pyjetsim
