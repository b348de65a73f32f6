// Where particles meet the calorimeter, and which cell is there. Numbers are rounded as in geometry.py, for a particle
// on an edge belongs to one cell or the other.
#pragma once

#include <math.h>

#include "backends/native/cells/work.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

constexpr float kPi = 3.14159265358979323846f, kTurn = 6.28318530717958647692f;

template <typename V>
inline V wrapped(V angle) {
  return angle - V(kTurn) * floored((angle + V(kPi)) / V(kTurn));
}

template <typename V>
inline void to_calorimeter(const Known& known, const Particles& gen, float vertex, Tokens& tokens) {
  const V z(vertex), zero(0.0f), two(2.0f);
  each_vector<V>(gen.stride, [&](int i) {
    const V pt = V::load(gen.pt + i), charge = V::load(gen.charge + i);
    V slope = hyperbolic_sine(V::load(gen.eta + i));
    slope = select(absolute(slope) < V(1e-4f), V(1e-4f), slope);
    const auto charged = absolute(charge) > V(known.magnet ? 0.5f : 2.0f);
    const V curvature = select(charged, pt / V(known.field_times_light), V(1e3f));
    const V half_turn = V(known.radius) / (two * curvature);
    const V angle_to_barrel = arc_sine(minimum(half_turn, V(0.999999f)));
    const V to_barrel = select(half_turn < V(1.0f), two * curvature * angle_to_barrel, V(1e4f));
    const V to_endcap = maximum((sign(slope) * V(known.half_length) - z) / slope, zero);
    const V path = minimum(to_barrel, to_endcap);
    const V angle = path / curvature, half = angle * V(0.5f);
    const V chord = sine_and_cosine(half).sine;
    const V distance = select(charged, two * curvature * absolute(chord), path);
    const V at = inverse_hyperbolic_sine((z + path * slope) / maximum(distance, V(1e-3f)));
    clamped(at, -known.eta_max, known.eta_max).store(tokens.eta + i);
    const V behind = select(charged & (chord < zero), V(kPi), zero);
    const V turned = known.magnet ? charge * angle * V(0.5f) : zero;
    wrapped(V::load(gen.phi + i) - turned + behind).store(tokens.phi + i);
  });
}

// A whole number from 0 to most; of what is no number, 0.
inline int whole(float number, int most) {
  if (!(number > 0)) return 0;
  return number > static_cast<float>(most) ? most : static_cast<int>(number);
}

inline int ring_at(const Grid& grid, float absolute_eta) {
  int passed = 0;
  for (int e = 0; e < grid.n_edges; ++e) passed += absolute_eta >= grid.edges[e];
  for (int r = 0; r < grid.n_equal; ++r) {
    const EqualRings& rings = grid.equal[r];
    const float along = rings.start != 0 ? larger(absolute_eta - rings.start, 0.0f) : absolute_eta;
    passed += whole(floorf(along / rings.step), static_cast<int>(rings.most));
  }
  return passed < grid.rings ? passed : grid.rings - 1;
}

// Of a ring, negative ones for eta < 0: middle in |eta|, width, columns.
inline const float* row_of(const Grid& grid, int ring) { return grid.table + 3 * (ring < 0 ? -1 - ring : ring); }

inline float column_at(float phi, float columns) {
  const float column = floorf((phi + kPi) / kTurn * columns);
  return smaller(larger(column, 0.0f), columns - 1);
}

struct CellBox {
  float eta, phi, eta_width, phi_width;
};

inline CellBox box_of(const Grid& grid, int ring, float column) {
  const float* const row = row_of(grid, ring);
  const float phi_width = kTurn / row[2];
  return {ring < 0 ? -row[0] : row[0], (column + 0.5f) * phi_width - kPi, row[1], phi_width};
}

// Of the cell so many rings and columns, of the ring arrived at, away.
inline CellBox box_of_neighbour(const Grid& grid, int ring, float column, int d_ring, int d_column) {
  int other = ring + d_ring;
  if (other < -grid.rings) other = -grid.rings;
  if (other > grid.rings - 1) other = grid.rings - 1;
  const float own = row_of(grid, ring)[2], columns = row_of(grid, other)[2];
  const float to = floorf((column + 0.5f) * columns / own) + static_cast<float>(d_column);
  return box_of(grid, other, to - columns * floorf(to / columns));
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
