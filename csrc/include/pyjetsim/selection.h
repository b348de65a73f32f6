// Selection: which particles are clustered into gen jets, and which constituents a reco jet keeps. The one place, for
// C++ and Python.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

// The default cuts, where nothing else is said. Python has them from here.
inline constexpr double kGenPtMin = 100;                // GeV; gen jets above
inline constexpr double kGenEtaMax = 3;                 // absolute; gen jets below
inline constexpr double kParticleEtaMax = 5;            // absolute; particles below are clustered into gen jets
inline constexpr double kJetRadius = 0.5;               // of anti-kt
inline constexpr double kMatchDeltaR = 0.4;             // of a jet and its match, at most
inline constexpr std::size_t kStoredConstituents = 80;  // of a jet in a file, the hardest; a model may see fewer

// PDG ids that no gen jet holds: neutrinos, and what no detector sees of supersymmetry.
PYJETSIM_EXPORT Span<const std::int32_t> invisible_pids();

// Whether it is none of these, as a particle or as an antiparticle.
PYJETSIM_EXPORT bool is_visible(std::int32_t pid, Span<const std::int32_t> invisible = invisible_pids());

// Particles with pt > pt_min and |eta| < eta_max. None along the beam and none at rest, whatever the limits are.
class PYJETSIM_EXPORT Acceptance {
 public:
  // pt_min in GeV. Throws Error for what is no number.
  Acceptance(double pt_min, double eta_max);

  // Also true for what is not finite: clustering refuses it by name, and here it would be lost without a word.
  bool holds(double px, double py, double pz) const;

 private:
  double pt_min_;
  double slope_;  // |pz| / pt at eta_max
};

// Of a reco jet, in single precision like its constituents.
struct ConstituentCuts {
  float pt_min = 0;                                                        // GeV; harder ones pass
  float eta_max = std::numeric_limits<float>::infinity();                  // absolute; those below pass
  std::size_t max_constituents = std::numeric_limits<std::size_t>::max();  // the hardest that pass are kept
};

// A constituent by its place in its jet.
struct RankedConstituent {
  float pt;  // GeV
  std::uint32_t row;
};

// Clears `kept` and fills it with the constituents that the cuts leave, by falling pt; of equal pt the first comes
// first. `momenta`: px, py, pz in GeV of each, in any order. Zero rows and what is not finite are not kept.
PYJETSIM_EXPORT void select_constituents(Span<const float> momenta, const ConstituentCuts& cuts,
                                         std::vector<RankedConstituent>& kept);

}  // namespace pyjetsim
