// Reproducible noise: what makes a jet's simulation independent of batch, thread and machine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pyjetsim/export.h"

namespace pyjetsim {

// Events as collision experiments number them.
struct EventId {
  std::uint32_t run;
  std::uint32_t luminosity_block;
  std::uint64_t event;
};

// Which jet of which event: what its noise is keyed by.
struct JetId {
  std::uint32_t run;
  std::uint32_t luminosity_block;
  std::uint64_t event;
  std::uint64_t jet;       // its place in the event
  std::uint64_t copy = 0;  // which of several simulations of the same gen jet
};

// Writes `n_dimensions` standard normal numbers to `noise`. They depend on nothing but the arguments: not on the batch,
// the thread, the process or the machine.
//
// Philox4x64-10 (Salmon et al., SC'11) with key (seed, run * 2^32 + luminosity_block) and counter
// (b + 1, jet, event, copy) for dimensions 4b to 4b+3, which are two Box-Muller pairs.
// The integers are those of numpy.random.Philox(key=key, counter=(0, jet, event, copy)).
PYJETSIM_EXPORT void jet_noise(std::uint64_t seed, const JetId& id, std::size_t n_dimensions, float* noise);

}  // namespace pyjetsim
