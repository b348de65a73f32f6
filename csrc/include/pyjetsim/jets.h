// Jets from particles: anti-kt clustering, acceptance and matching. The one place, for C++ and Python. Which particles
// are clustered is in pyjetsim/selection.h.
//
// The clustering is FastJet's (EPJC 72 (2012) 1896, JHEP 0804:063). Every function is safe to call from several threads
// at once; what it writes is the caller's, and its memory is reused between calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/selection.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

// The particles of one event.
struct ParticlesView {
  Span<const double> momenta;      // px, py, pz in GeV, three numbers a particle
  Span<const double> masses = {};  // GeV; empty: all massless
};

struct JetDefinition {
  double radius = kJetRadius;                                // of anti-kt, E scheme
  double pt_min = 0;                                         // GeV; jets above are kept
  double eta_max = std::numeric_limits<double>::infinity();  // absolute; jets below are kept
};

struct ClusteredJet {
  double pt, eta, phi, mass;  // GeV, of the summed four-momenta of all constituents
  std::size_t first, count;   // its constituents in ClusteredJets::constituents
};

struct ClusteredJets {
  std::vector<ClusteredJet> jets;         // by falling pt
  std::vector<std::size_t> constituents;  // particle numbers, by jet, by falling pt
};

// Clears and fills `output`. Particles that are at rest, to float precision, are left out: a row of zeros stands for no
// constituent. Throws Error for spans that do not fit, values that are not finite as float, and a definition that
// describes no jets.
PYJETSIM_EXPORT void cluster(const ParticlesView& particles, const JetDefinition& definition, ClusteredJets& output);

// Appends the constituents of all jets as JetSimulator takes them: px, py, pz in GeV, side by side, hardest first; and
// for each jet where it ends, counted in constituents from the start of `momenta`. Empty `offsets` begin with 0.
PYJETSIM_EXPORT void append_constituents(const ParticlesView& particles, const ClusteredJets& clustered,
                                         std::vector<float>& momenta, std::vector<std::size_t>& offsets);

// Appends the PDG id of each of these constituents, in the same order. `pids`: of each particle of the event.
PYJETSIM_EXPORT void append_pids(Span<const std::int32_t> pids, const ClusteredJets& clustered,
                                 std::vector<std::int32_t>& output);

// Directions of jets, one number a jet in each.
struct DirectionsView {
  Span<const double> eta, phi;
};

// For each jet the number of the nearest of `others` in (eta, phi), closer than max_delta_r, or -1; of equally near
// ones the first. One may serve two jets. Throws Error for spans that do not fit.
PYJETSIM_EXPORT void match_nearest(const DirectionsView& jets, const DirectionsView& others, double max_delta_r,
                                   Span<std::int64_t> nearest);

// The FastJet that is loaded, such as 3.5.2. Throws Error where this library was built for another: its classes differ.
PYJETSIM_EXPORT std::string fastjet_version();

}  // namespace pyjetsim
