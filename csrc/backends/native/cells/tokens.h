// Gen jets as tokens: particles, where they enter the calorimeter, and which share a cell.
#pragma once

#include "backends/native/cells/geometry.h"
#include "backends/native/cells/identity.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

constexpr float kLeastPt = 1e-3f;

inline float pt_of(float px, float py) { return sqrtf(px * px + py * py); }

// Particles there are: rows with pt.
inline int count_particles(const Cells& model, const float* constituents) {
  int count = 0;
  for (int row = 0; row < model.max_constituents; ++row) {
    count += pt_of(constituents[3 * row], constituents[3 * row + 1]) > 0;
  }
  return count;
}

// Their noise by what it decides.
template <typename V>
inline void read_noise(const Cells&, const float* noise, Work& work) {
  const Particles& gen = work.gen;
  for (int d = 0; d < kTokenNoise; ++d) {
    float* const to = work.normal + d * gen.stride;
    for (int i = 0; i < gen.count; ++i) to[i] = noise[kJetNoise + gen.row[i] * kTokenNoise + d];
    for (int i = gen.count; i < gen.stride; ++i) to[i] = 0;
    each_vector<V>(gen.count, [&](int i) { uniform_of(V::load(to + i)).store(work.uniform + d * gen.stride + i); });
  }
}

inline void read_particles(const Cells& model, const JetTensors& jet, Work& work) {
  Particles& gen = work.gen;
  int n = 0;
  for (int row = 0; row < model.max_constituents && n < gen.count; ++row) {
    const float* const momentum = jet.constituents + 3 * row;
    const float pt = pt_of(momentum[0], momentum[1]);
    if (!(pt > 0)) continue;
    gen.row[n] = row;
    gen.pid[n] = jet.pids == nullptr ? 0 : jet.pids[row];
    gen.px[n] = momentum[0];
    gen.py[n] = momentum[1];
    gen.pz[n] = momentum[2];
    gen.pt[n] = larger(pt, kLeastPt);
    ++n;
  }
  for (int i = n; i < gen.stride; ++i) {
    gen.px[i] = gen.pt[i] = kLeastPt;
    gen.py[i] = gen.pz[i] = 0;
  }
}

template <typename V>
inline void measure(Particles& gen) {
  const V least(kLeastPt);
  each_vector<V>(gen.stride, [&](int i) {
    const V x = V::load(gen.px + i), y = V::load(gen.py + i), z = V::load(gen.pz + i), mass = V::load(gen.mass + i);
    clamped(inverse_hyperbolic_sine(z / V::load(gen.pt + i)), -6.0f, 6.0f).store(gen.eta + i);
    arc_tangent(y, x).store(gen.phi + i);
    maximum(square_root((x * x + y * y + z * z) + mass * mass), least).store(gen.energy + i);
  });
  float x = 0, y = 0, z = 0, energy = 0;
  for (int i = 0; i < gen.count; ++i) {
    x += gen.px[i];
    y += gen.py[i];
    z += gen.pz[i];
    energy += gen.energy[i];
  }
  gen.jet_pt = larger(sqrtf(x * x + y * y), kLeastPt);
  const float momentum = sqrtf(x * x + y * y + z * z), unit = larger(momentum, kLeastPt);
  const float ax = x / unit, ay = y / unit, az = z / unit;
  // Energy less momentum along the jet, without the difference of two large numbers.
  float excess = 0;
  for (int i = 0; i < gen.count; ++i) {
    const float px = gen.px[i], py = gen.py[i], pz = gen.pz[i];
    const float along = px * ax + py * ay + pz * az;
    const float a = py * az - pz * ay, b = pz * ax - px * az, c = px * ay - py * ax;
    const float across2 = a * a + b * b + c * c;
    excess += (gen.mass[i] * gen.mass[i] + across2) / larger(gen.energy[i] + along, kLeastPt);
  }
  const float mass2 = excess * (energy + momentum);
  gen.jet_eta = number_of(clamped(inverse_hyperbolic_sine(V(z / gen.jet_pt)), -6.0f, 6.0f));
  gen.jet_phi = number_of(arc_tangent(V(y), V(gen.jet_pt > kLeastPt ? x : 1.0f)));
  gen.jet_mass = sqrtf(larger(mass2, 1e-2f));
  gen.jet_energy = larger(energy, kLeastPt);
}

// Cells by number, those who lead them, and places in them.
inline void find_cells(const Known& known, Work& work) {
  const Particles& gen = work.gen;
  Tokens& tokens = work.tokens;
  for (int i = 0; i < gen.stride; ++i) {
    const float eta = tokens.eta[i], absolute_eta = fabsf(eta);
    const bool photon = gen.kind[i] == kPhotonKind || gen.kind[i] == kElectron, there = i < gen.count;
    const Grid& grid = known.grids[photon ? 0 : 1];
    const bool inside = there && gen.kind[i] != kMuon && absolute_eta < grid.reach;
    tokens.ecal[i] = inside && photon;
    tokens.hcal[i] = inside && !photon;
    tokens.side[i] = inside ? (photon ? 1.0f : 2.0f) : 0.0f;
    // What is in no calorimeter counts as in the HCAL's cells.
    const Grid& in = known.grids[tokens.ecal[i] > 0 ? 0 : 1];
    const int ring = ring_at(in, absolute_eta);
    tokens.ring[i] = eta < 0 ? -1 - ring : ring;
    tokens.column[i] = column_at(tokens.phi[i], row_of(in, tokens.ring[i])[2]);
    const CellBox box = box_of(in, tokens.ring[i], tokens.column[i]);
    tokens.box.eta[i] = box.eta;
    tokens.box.phi[i] = box.phi;
    tokens.box.eta_width[i] = box.eta_width;
    tokens.box.phi_width[i] = box.phi_width;
  }
  int* const hardest = work.chosen;  // of each cell
  for (int i = 0; i < gen.count; ++i) {
    int cell = i;
    if (tokens.side[i] > 0) {
      for (cell = 0; cell < i; ++cell) {
        if (tokens.side[cell] == tokens.side[i] && tokens.ring[cell] == tokens.ring[i] &&
            tokens.column[cell] == tokens.column[i]) {
          cell = tokens.cell[cell];
          break;
        }
      }
    }
    tokens.cell[i] = cell;
    if (cell == i || gen.energy[i] > gen.energy[hardest[cell]]) hardest[cell] = i;
  }
  tokens.n_leaders = 0;
  for (int i = 0; i < gen.stride; ++i) {
    tokens.leads[i] = i < gen.count && tokens.side[i] > 0 && hardest[tokens.cell[i]] == i;
    if (tokens.leads[i] > 0) tokens.leaders[tokens.n_leaders++] = i;
  }
}

inline void add_energies(Work& work) {
  const Particles& gen = work.gen;
  Tokens& tokens = work.tokens;
  float* const of_kind[] = {tokens.charged_hadrons, tokens.photons, tokens.neutral_hadrons, tokens.electrons};
  const int kinds[] = {kChargedHadron, kPhotonKind, kNeutralHadron, kElectron};
  for (int k = 0; k < 4; ++k) {
    for (int i = 0; i < gen.stride; ++i) work.spare[i] = gen.kind[i] == kinds[k] ? gen.energy[i] : 0;
    cell_sums(work, work.spare, of_kind[k]);
  }
}

// How much a particle counts for a cell that it is close to: from the cell's middle, in sizes of the cell.
template <typename V>
inline V inside_by(V eta, V phi, float margin) {
  const auto along = [margin](V place) {
    return clamped((V(0.5f + margin) - absolute(place)) * V(0.5f / margin), 0.0f, 1.0f);
  };
  return along(eta) * along(phi);
}

template <typename V>
inline void look_around(Work& work) {
  const Particles& gen = work.gen;
  Tokens& tokens = work.tokens;
  each_vector<V>(gen.stride, [&](int i) {
    for (float* each : tokens.narrow) V(0.0f).store(each + i);
    for (float* each : tokens.wide) V(0.0f).store(each + i);
  });
  int leader = 0;
  for (int j = 0; j < gen.count; ++j) {
    if (!(tokens.side[j] > 0)) continue;
    const V eta(tokens.eta[j]), phi(tokens.phi[j]), side(tokens.side[j]), energy(gen.energy[j]);
    float *const narrow = tokens.narrow[gen.kind[j]], *const wide = tokens.wide[gen.kind[j]];
    float* const near = tokens.leads[j] > 0 ? tokens.near + static_cast<int64_t>(leader++) * gen.stride : nullptr;
    each_vector<V>(gen.stride, [&](int i) {
      const V d_eta = (eta - V::load(tokens.box.eta + i)) / V::load(tokens.box.eta_width + i);
      const V d_phi = wrapped(phi - V::load(tokens.box.phi + i)) / V::load(tokens.box.phi_width + i);
      const auto together = V::load(tokens.side + i) == side;
      const V counts = select(together, inside_by(d_eta, d_phi, 0.5f), V(0.0f));
      const V counts_close = select(together, inside_by(d_eta, d_phi, 0.15f), V(0.0f));
      if (near != nullptr) counts.store(near + i);
      fused_multiply_add(counts, energy, V::load(wide + i)).store(wide + i);
      fused_multiply_add(counts_close, energy, V::load(narrow + i)).store(narrow + i);
    });
    if (near != nullptr) near[j] = 0;  // its own cell is no neighbour's, and of those who lead it has no other
  }
}

template <typename V>
inline void make_tokens(const Cells& model, float vertex, Work& work) {
  const Particles& gen = work.gen;
  Tokens& tokens = work.tokens;
  to_calorimeter<V>(model.known, gen, vertex, tokens);
  find_cells(model.known, work);
  add_energies(work);
  look_around<V>(work);
  each_vector<V>(gen.stride, [&](int i) {
    const V at_eta = V::load(tokens.eta + i), at_phi = V::load(tokens.phi + i);
    const V jet_eta(gen.jet_eta), jet_phi(gen.jet_phi);
    ((at_eta - V::load(tokens.box.eta + i)) / V::load(tokens.box.eta_width + i)).store(tokens.in_eta + i);
    (wrapped(at_phi - V::load(tokens.box.phi + i)) / V::load(tokens.box.phi_width + i)).store(tokens.in_phi + i);
    (V::load(gen.eta + i) - jet_eta).store(tokens.d_eta + i);
    wrapped(V::load(gen.phi + i) - jet_phi).store(tokens.d_phi + i);
    (at_eta - jet_eta).store(tokens.at_d_eta + i);
    wrapped(at_phi - jet_phi).store(tokens.at_d_phi + i);
  });
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
