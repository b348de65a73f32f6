// Particles of many jets as the truth matching takes them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pyjetsim::truth {

// What a particle is to the detector. A reco track is a charged hadron, whatever its PDG hypothesis.
enum Kind : std::int8_t { charged_hadron = 0, photon = 1, neutral_hadron = 2, electron = 3, muon = 4 };

// One side of a batch of pairs: rows of a padded table, of which the first `count[jet]` of each jet are there.
struct ParticleTable {
  std::size_t jets, width;
  const std::int32_t* count;
  const double *pt, *eta, *phi;  // GeV; eta and phi at the origin
  const std::int8_t* kind;

  std::size_t row(std::size_t jet) const { return jet * width; }
  std::size_t size(std::size_t jet) const { return static_cast<std::size_t>(count[jet]); }
};

}  // namespace pyjetsim::truth
