// Jets that a caller gives.
#pragma once

#include "pyjetsim/simulator.h"

namespace pyjetsim {

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

bool all_finite(Span<const float> numbers);

}  // namespace pyjetsim
