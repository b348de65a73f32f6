/// \file
/// Reproducible noise: the simulation of a jet does not depend on batch, thread, process or machine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pyjetsim/export.h"

namespace pyjetsim {

/// An event, as collision experiments number them; 0 where there is no run or luminosity block.
struct EventId {
  std::uint32_t run;
  std::uint32_t luminosity_block;
  std::uint64_t event;
};

/// A jet of an event. Two jets with the same id and seed get the same noise.
struct JetId {
  std::uint32_t run;
  std::uint32_t luminosity_block;
  std::uint64_t event;
  std::uint64_t jet;       ///< Its place in the event.
  std::uint64_t copy = 0;  ///< Which of several simulations of the same gen jet.
};

/// Computes standard normal numbers that depend on the arguments alone.
///
/// Philox4x64-10 with key (seed, run * 2^32 + luminosity_block) and counter (b + 1, jet, event, copy) for the
/// dimensions 4b to 4b + 3, which are two Box-Muller pairs. The integers are those of numpy.random.Philox(key=key,
/// counter=(0, jet, event, copy)); docs/formats.md says how they become numbers. Source: J. Salmon et al., SC'11,
/// doi:10.1145/2063384.2063405.
///
/// \param seed          Of all jets; another seed is another simulation.
/// \param id            The jet.
/// \param n_dimensions  Z: how many numbers.
/// \param noise         (Z,) output.
PYJETSIM_EXPORT void jet_noise(std::uint64_t seed, const JetId& id, std::size_t n_dimensions, float* noise);

/// JetId::jet of the noise that belongs to an event as a whole.
constexpr std::uint64_t kWholeEvent = UINT64_MAX;

/// Computes standard normal numbers of which all jets of an event share the first ones, for its vertex and pileup.
///
/// The first `of_event` numbers are those of the same id with jet = kWholeEvent, the others are those of the function
/// above.
///
/// \param seed          Of all jets.
/// \param id            The jet.
/// \param n_dimensions  Z: how many numbers.
/// \param of_event      How many of them are shared.
/// \param noise         (Z,) output.
PYJETSIM_EXPORT void jet_noise(std::uint64_t seed, const JetId& id, std::size_t n_dimensions, std::size_t of_event,
                               float* noise);

}  // namespace pyjetsim
