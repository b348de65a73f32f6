// Which reco particle came from which gen particle.
#pragma once

#include <cstdint>
#include <vector>

#include "truth/greedy.h"
#include "truth/particles.h"

namespace pyjetsim::truth {

// What matching takes beside the particles, row by row of the same tables.
struct GenAtCalorimeter {
  const std::int32_t* pid;
  const double *energy, *eta, *phi;  // GeV; where the particle meets the calorimeter
  const std::int64_t *ecal_cell, *hcal_cell;
};
struct RecoInCells {
  const std::int32_t* pid;
  const std::int64_t *ecal_cell, *hcal_cell;
};

// How far from where a particle arrives a candidate outside its cell may be: about a cell.
struct Reach {
  double eta, phi;
};
struct Reaches {
  Reach photon, neutral;
};

// Places of reco particles in their jet, -1 for none; one entry a gen particle.
struct Matches {
  std::vector<std::int32_t> track, photon, neutral;
  std::vector<bool> leads_ecal_cell, leads_hcal_cell;  // the most energetic of its kind of calorimeter in its cell
  std::vector<std::int32_t> reco;                      // one entry a reco particle: its gen particle, -1 for none
};

// Matches particles jet after jet; keeps its scratch memory.
//
// Tracks: the same PDG id within 0.002 in (eta, phi), then, for those that are left, within 0.1 and a factor 2 in pt.
// Photons and neutral hadrons: one for each cell of the ECAL (photons, electrons) or HCAL (hadrons) that gen particles
// enter, held by the most energetic of them. Neutral hadrons: a candidate in the same cell, then the nearest one within
// reach. Photons are measured well: place and energy decide together, so that a hard photon which crossed the
// edge of its cell does not change places with a soft one there; more than a factor 3 of what left no track is no
// match. A photon of a displaced decay arrives further away, within 0.1, with the energy it should have.
class Matcher {
 public:
  Matcher(const ParticleTable& gen, const GenAtCalorimeter& at, const ParticleTable& reco, const RecoInCells& in,
          const Reaches& reaches)
      : gen_(gen), at_(at), reco_(reco), in_(in), reaches_(reaches) {}

  const Matches& match(std::size_t jet);

 private:
  void match_tracks();
  void add_tracks_in_place();
  void add_displaced_tracks();
  void match_cells(bool ecal);
  void find_leaders(bool ecal, std::vector<bool>& leads) const;
  double untracked_energy(std::size_t gen) const;  // GeV, in its ECAL cell
  double cell_cost(bool ecal, std::size_t gen, std::size_t reco, double untracked) const;

  const ParticleTable& gen_;
  GenAtCalorimeter at_;
  const ParticleTable& reco_;
  RecoInCells in_;
  Reaches reaches_;
  std::size_t gen_row_ = 0, gen_size_ = 0, reco_row_ = 0, reco_size_ = 0;
  Matches found_;
  std::vector<Candidate> candidates_;
};

}  // namespace pyjetsim::truth
