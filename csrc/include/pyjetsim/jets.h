/// \file
/// Jets from particles, for C++ and Python: anti-kt clustering and matching. Cuts on particles are in
/// pyjetsim/selection.h.
///
/// FastJet does the clustering: M. Cacciari, G. Salam and G. Soyez, JHEP 0804 (2008) 063 (anti-kt) and Eur. Phys. J. C
/// 72 (2012) 1896 (FastJet). Every function may be called from several threads at once, each with outputs of its own.
/// Outputs keep their memory between calls.
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

/// The particles of one event; does not own them.
struct ParticlesView {
  Span<const double> momenta;      ///< (M, 3) px, py, pz in GeV.
  Span<const double> masses = {};  ///< (M,) GeV; empty: all massless.
};

/// How particles are clustered, and which jets are kept.
struct JetDefinition {
  double radius = kJetRadius;                                ///< R of anti-kt, E scheme.
  double pt_min = 0;                                         ///< GeV; jets above are kept.
  double eta_max = std::numeric_limits<double>::infinity();  ///< Jets of smaller absolute eta are kept.
};

/// A jet: the sum of the four-momenta of all its constituents.
struct ClusteredJet {
  double pt, eta, phi, mass;  ///< GeV and radians.
  std::size_t first, count;   ///< Its constituents in ClusteredJets::constituents.
};

/// The jets of one event.
struct ClusteredJets {
  std::vector<ClusteredJet> jets;         ///< By falling pt.
  std::vector<std::size_t> constituents;  ///< Particle numbers, jet after jet, by falling pt.
};

/// Clusters the particles of one event.
///
/// \param particles   Particles at rest, to float precision, are left out: zero rows are padding.
/// \param definition  Radius and cuts on jets.
/// \param output      Cleared and filled.
/// \throws Error for spans of a wrong size, values that are not finite as float, and a radius outside (0, 1000] or
///         cuts that are NaN.
PYJETSIM_EXPORT void cluster(const ParticlesView& particles, const JetDefinition& definition, ClusteredJets& output);

/// Appends the constituents of all jets as JetSimulator takes them.
///
/// \param particles  The particles that were clustered.
/// \param clustered  Their jets.
/// \param momenta    Gets px, py, pz in GeV of each constituent, jet after jet, hardest first.
/// \param offsets    Gets the end of each jet, counted in constituents from the start of `momenta`; gets a 0 first
/// where
///                   it is empty.
PYJETSIM_EXPORT void append_constituents(const ParticlesView& particles, const ClusteredJets& clustered,
                                         std::vector<float>& momenta, std::vector<std::size_t>& offsets);

/// Appends the PDG id of each of these constituents, in the same order.
///
/// \param pids       (M,) of the particles of the event.
/// \param clustered  Their jets.
/// \param output     Gets the ids.
PYJETSIM_EXPORT void append_pids(Span<const std::int32_t> pids, const ClusteredJets& clustered,
                                 std::vector<std::int32_t>& output);

/// Directions of N jets; does not own them.
struct DirectionsView {
  Span<const double> eta;  ///< (N,).
  Span<const double> phi;  ///< (N,) radians.
};

/// Finds the nearest of other jets for each jet, in (eta, phi).
///
/// \param jets         N jets.
/// \param others       Jets to match them with. One may be the nearest of two jets.
/// \param max_delta_r  Matches are closer than this.
/// \param nearest      (N,) output: number of the nearest other jet, the first of equally near ones; -1 for none.
/// \throws Error for spans of a wrong size.
PYJETSIM_EXPORT void match_nearest(const DirectionsView& jets, const DirectionsView& others, double max_delta_r,
                                   Span<std::int64_t> nearest);

/// Version of the FastJet that is loaded, such as 3.5.2.
///
/// \throws Error where this library was built for another version, whose classes differ.
PYJETSIM_EXPORT std::string fastjet_version();

}  // namespace pyjetsim
