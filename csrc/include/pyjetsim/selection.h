/// \file
/// Cuts, for C++ and Python: which particles are clustered into gen jets, and which constituents a reco jet keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

/// \name Default cuts
/// Python, pyjetsim-run and the framework's modules take them from here.
/// \{
inline constexpr double kGenPtMin = 100;                ///< GeV; gen jets above are kept.
inline constexpr double kGenEtaMax = 3;                 ///< Gen jets of smaller absolute eta are kept.
inline constexpr double kParticleEtaMax = 5;            ///< Particles of smaller absolute eta make gen jets.
inline constexpr double kJetRadius = 0.5;               ///< R of anti-kt.
inline constexpr double kMatchDeltaR = 0.4;             ///< Largest distance of a jet and its match.
inline constexpr std::size_t kStoredConstituents = 80;  ///< Hardest constituents in a file; a model may see fewer.
/// \}

/// PDG ids of particles that leave no trace in a detector: neutrinos, and invisible particles of supersymmetry. Gen
/// jets are made without them. All are positive.
PYJETSIM_EXPORT Span<const std::int32_t> invisible_pids();

/// Whether a particle is visible.
///
/// \param pid        PDG id of a particle or an antiparticle.
/// \param invisible  Positive PDG ids that are not.
PYJETSIM_EXPORT bool is_visible(std::int32_t pid, Span<const std::int32_t> invisible = invisible_pids());

/// Acceptance of particles: pt > pt_min and |eta| < eta_max.
class PYJETSIM_EXPORT Acceptance {
 public:
  /// \param pt_min   GeV.
  /// \param eta_max  Absolute pseudorapidity.
  /// \throws Error where one of them is NaN.
  Acceptance(double pt_min, double eta_max);

  /// Whether a particle is in acceptance. Never for one along the beam or at rest, whatever the limits are. Always for
  /// momenta that are not finite: cluster() then throws an Error that names them; here they would be lost unseen.
  ///
  /// \param px, py, pz  GeV.
  bool holds(double px, double py, double pz) const;

 private:
  double pt_min_;
  double slope_;  // |pz| / pt at eta_max
};

/// Cuts on the constituents of a reco jet, in single precision as the constituents are.
struct ConstituentCuts {
  float pt_min = 0;                                                        ///< GeV; harder ones pass.
  float eta_max = std::numeric_limits<float>::infinity();                  ///< Those of smaller absolute eta pass.
  std::size_t max_constituents = std::numeric_limits<std::size_t>::max();  ///< The hardest that pass are kept.
};

/// A constituent that passes the cuts.
struct RankedConstituent {
  float pt;           ///< GeV.
  std::uint32_t row;  ///< Its place in the jet, before the cuts.
};

/// Selects the constituents of a jet.
///
/// \param momenta  (M, 3) px, py, pz in GeV, in any order. Zero rows and rows that are not finite do not pass.
/// \param cuts     The cuts.
/// \param kept     Output, cleared first: those that pass, by falling pt; of equal pt the first comes first.
PYJETSIM_EXPORT void select_constituents(Span<const float> momenta, const ConstituentCuts& cuts,
                                         std::vector<RankedConstituent>& kept);

}  // namespace pyjetsim
