// Where along the beam an event's hard collision was, told by its neutral particles.
#pragma once

#include "pyjetsim/span.h"
#include "truth/particles.h"

namespace pyjetsim::truth {

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
// Neutral particles fly straight, so that the point where one meets the calorimeter gives the vertex away: reco
// candidates keep that point, gen particles their direction. Each gen photon and neutral hadron that is hard enough
// scores a vertex by the reco candidate of its kind that is nearest to where it would arrive. The answer is mean
// and width of the vertices weighted by exp(3 x score).
Vertex fit_vertex(const ParticleTable& gen, const ParticleTable& reco, std::size_t first, std::size_t last,
                  const Cylinder& cylinder, const VertexGrid& grid, const Voters& photons, const Voters& neutrals);

}  // namespace pyjetsim::truth
