// Which reco particle of a jet came from which gen particle, and where along the beam the event's hard collision was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pyjetsim/span.h"

namespace pyjetsim::matching {

// --- Particles of many jets, as matching takes them.

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

// --- Pairs of nearest, one to one.

struct Candidate {
  double cost;
  std::int32_t gen, reco;
};

// Take candidates by rising cost, each gen and each reco particle once; ties go to the lower gen, then the lower reco.
// `gen_match` and `reco_match` hold what is taken already, -1 for free, and get what is added. Empties `candidates`.
void match_greedily(std::vector<Candidate>& candidates, std::vector<std::int32_t>& gen_match,
                    std::vector<std::int32_t>& reco_match);

// --- Which reco particle came from which gen particle.

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

// --- Where along the beam an event's hard collision was, fitted to its neutral particles.

// The calorimeter's inner face, m.
struct Cylinder {
  double radius, half_length;
};

// Vertices tried, m, and the width of their Gaussian density, m.
struct VertexGrid {
  Span<const double> z;
  double spread;
};

// Which neutral particles of a kind vote, and how near to where one would arrive a candidate must be.
struct Voters {
  double pt_min;                  // GeV
  double eta_window, phi_window;  // about the size of a cell
};

struct Vertex {
  double z, uncertainty;  // m
};

// The vertex of the event that jets [first, last) belong to.
//
// Neutral particles fly straight, so that the vertex follows from the point where one meets the calorimeter: reco
// candidates keep that point, gen particles their direction. Each gen photon and neutral hadron that is hard enough
// scores a vertex by the reco candidate of its kind that is nearest to where it would arrive. The answer is mean
// and width of the vertices weighted by exp(3 x score).
Vertex fit_vertex(const ParticleTable& gen, const ParticleTable& reco, std::size_t first, std::size_t last,
                  const Cylinder& cylinder, const VertexGrid& grid, const Voters& photons, const Voters& neutrals);

}  // namespace pyjetsim::matching
