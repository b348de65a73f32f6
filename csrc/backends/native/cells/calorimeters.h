// Photons from occupied ECAL cells, neutral hadrons from occupied HCAL cells.
#pragma once

#include "backends/native/cells/heads.h"
#include "backends/native/cells/vzeros.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// What of each cell left no track, what its candidate's energy is relative to, and the most that it may be.
template <typename V>
inline void expect(const Known& known, Work& work) {
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  for (int i = 0; i < gen.stride; ++i) work.spare[i] = gen.energy[i] * work.found[i];
  cell_sums(work, work.spare, work.tracks);
  const V zero(0.0f), one(1.0f);
  const V constant(known.photon_resolution[0]), stochastic(known.photon_resolution[1] * known.photon_resolution[1]),
      noise(known.photon_resolution[2] * known.photon_resolution[2]);
  each_vector<V>(gen.stride, [&](int i) {
    const V tracks = V::load(work.tracks + i), photons = V::load(t.photons + i), electrons = V::load(t.electrons + i);
    const V charged = V::load(t.charged_hadrons + i), neutral = V::load(t.neutral_hadrons + i);
    const auto ecal = V::load(t.ecal + i) > zero;
    const V lost_electrons = maximum(electrons - tracks, zero), lost_hadrons = maximum(charged - tracks, zero);
    lost_electrons.store(work.lost_electrons + i);
    lost_hadrons.store(work.lost_hadrons + i);
    select(ecal, photons + lost_electrons, neutral + lost_hadrons).store(work.entered + i);
    const V photon = photons + lost_electrons + V(0.1f), total = photons + electrons, part = constant * total;
    const V spread = square_root(part * part + stochastic * total + noise);
    const V hadron = neutral + V(0.3f) * charged + one;
    logarithm(select(ecal, photon, hadron)).store(work.expected + i);
    minimum(select(ecal, spread / photon, one), one).store(work.unit + i);
    const V highest_photon = logarithm(photons + lost_electrons + one) + V(1.2f);
    const V highest_hadron =
        logarithm(V(4.0f) * (neutral + charged) + V(known.neutral_pt_max) * hyperbolic_cosine(V::load(t.eta + i)));
    select(ecal, highest_photon, highest_hadron).store(work.highest + i);
  });
}

template <typename V>
inline void write_photon_inputs(const Work& work, float* own) {
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  const int stride = gen.stride;
  const V tenth(0.1f), little(0.05f);
  float* const from_vzeros = work.total;
  each_vector<V>(stride, [&](int i) {
    const V photon = V::load(gen.energy + i) * V::load(gen.is_kind[kPhotonKind] + i);
    (photon * V::load(work.vzeros.member + i)).store(work.spare + i);
  });
  cell_sums(work, work.spare, from_vzeros);
  each_vector<V>(stride, [&](int i) {
    float* to = own + i;
    const auto add = [&](V value) {
      value.store(to);
      to += stride;
    };
    const V photons = V::load(t.photons + i);
    add(logarithm_of_more(V::load(work.tracks + i)));
    add(logarithm_of_more(V::load(work.lost_electrons + i)));
    add(logarithm_of_more(photons));
    add(V::load(work.gen.is_kind[kElectron] + i));
    add(logarithm(photons + little));
    add(logarithm(V::load(work.gen.energy + i) + little));
    add(logarithm((V::load(t.narrow[kPhotonKind] + i) + tenth) / (photons + tenth)));
    add(logarithm((V::load(t.wide[kPhotonKind] + i) + tenth) / (photons + tenth)));
    add(logarithm_of_more(V::load(from_vzeros + i)));
    add(V::load(from_vzeros + i) / (photons + tenth));
    add(V::load(work.vzeros.beyond + i));
  });
}

template <typename V>
inline void write_neutral_inputs(const Work& work, float* own) {
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  const int stride = gen.stride;
  const V tenth(0.1f), little(0.05f), one(1.0f);
  float *const unseen_members = work.total, *const of_beyond = work.factor;
  each_vector<V>(stride, [&](int i) {
    const V hadron = V::load(gen.is_kind[kChargedHadron] + i) + V::load(gen.is_kind[kNeutralHadron] + i);
    const V energy = V::load(gen.energy + i) * hadron * V::load(work.vzeros.member + i);
    const V unseen = energy * (one - V::load(work.found + i));
    unseen.store(work.spare + i);
    (unseen * V::load(work.vzeros.beyond + i)).store(of_beyond + i);
  });
  cell_sums(work, work.spare, unseen_members);
  cell_sums(work, of_beyond, of_beyond);
  each_vector<V>(stride, [&](int i) {
    float* to = own + i;
    const auto add = [&](V value) {
      value.store(to);
      to += stride;
    };
    const V tracks = V::load(work.tracks + i), lost = V::load(work.lost_hadrons + i);
    const V neutral = V::load(t.neutral_hadrons + i), unseen = lost + neutral;
    add(logarithm_of_more(tracks));
    add(logarithm_of_more(lost));
    add(logarithm_of_more(neutral));
    add(logarithm_of_more(unseen));
    add(logarithm((unseen + tenth) / (tracks + tenth)));
    add(logarithm(neutral + little));
    add(logarithm(lost + little));
    add(logarithm(tracks + little));
    add(logarithm((V::load(t.narrow[kNeutralHadron] + i) + tenth) / (neutral + tenth)));
    add(logarithm((V::load(t.wide[kNeutralHadron] + i) + tenth) / (neutral + tenth)));
    add(logarithm_of_more(V::load(unseen_members + i)));
    add(logarithm_of_more(V::load(of_beyond + i)));
    add(V::load(work.vzeros.beyond + i));
  });
}

// Those of the leaders on one side, 1 for the ECAL, that `take` accepts.
template <typename F>
inline int choose(const Tokens& tokens, float side, int* chosen, F take) {
  int count = 0;
  for (int l = 0; l < tokens.n_leaders; ++l) {
    const int i = tokens.leaders[l];
    if (tokens.side[i] == side && take(i)) chosen[count++] = i;
  }
  return count;
}

template <typename V>
inline void draw_hits(const Cells& model, HeadNumber number, const Head& head, const float* own, float side, int state,
                      Work& work) {
  const float* const u = work.uniform + work.gen.stride;
  const int count = choose(work.tokens, side, work.chosen, [](int) { return true; });
  ask<V>(model, number, head, own, work.chosen, count, work);
  for (int m = 0; m < count; ++m) {
    const float chance = number_of(logistic(V(work.output[m * padded(kFates) + state])));
    const int i = work.chosen[m];
    work.hit[i] = u[i] < chance;
  }
}

// Calls `add` with how much each leader counts for the cells of others, in the order of the leaders.
template <typename V, typename F>
inline void for_others(const Work& work, F add) {
  const Tokens& t = work.tokens;
  for (int l = 0; l < t.n_leaders; ++l) {
    const int j = t.leaders[l];
    const float* const near = t.near + static_cast<int64_t>(l) * work.gen.stride;
    each_vector<V>(work.gen.stride, [&](int i) { add(i, j, V::load(near + i)); });
  }
}

// What the cells around have got: the first three inputs, and who got more than all neighbours.
template <typename V>
inline void look_at_others(Work& work) {
  const int stride = work.gen.stride;
  float *const lost = work.around, *const answered = lost + stride, *const beaten = lost + 2 * stride;
  const V zero(0.0f);
  each_vector<V>(stride, [&](int i) {
    for (int k = 0; k < 3; ++k) zero.store(work.around + k * stride + i);
  });
  for_others<V>(work, [&](int i, int j, V near) {
    const V mine = V::load(work.entered + i), other(work.entered[j]);
    float* const sum = work.hit[j] > 0 ? answered : lost;
    fused_multiply_add(near, other, V::load(sum + i)).store(sum + i);
    const V harder = select(other > mine + V(0.01f), near, zero);
    (V::load(beaten + i) + harder).store(beaten + i);
  });
  each_vector<V>(stride, [&](int i) {
    const V unit = V::load(work.entered + i) + V(0.5f), much = V::load(lost + i), seen = V::load(answered + i);
    select(V::load(beaten + i) > zero, zero, V::load(work.tokens.leads + i)).store(work.first + i);
    logarithm_of_more(much).store(work.around + i);
    logarithm_of_more(V(10.0f) * much / unit).store(work.around + stride + i);
    logarithm_of_more(seen / unit).store(work.around + 2 * stride + i);
    zero.store(work.around + 3 * stride + i);
    V::load(work.first + i).store(work.around + 4 * stride + i);
  });
}

// What the neighbours that are drawn lack: the fourth input of those that are not.
template <typename V>
inline void look_at_lacking(Work& work) {
  const int stride = work.gen.stride;
  float* const lacking = work.around + 3 * stride;
  const V zero(0.0f);
  float* const missing = work.total;
  each_vector<V>(stride, [&](int i) {
    const V energy = exponential(V::load(work.log_energy + i));
    ((V::load(work.entered + i) - energy) * V::load(work.hit + i) * V::load(work.first + i)).store(missing + i);
  });
  for_others<V>(work, [&](int i, int j, V near) {
    fused_multiply_add(near, V(missing[j]), V::load(lacking + i)).store(lacking + i);
  });
  each_vector<V>(stride, [&](int i) {
    const V lack = V::load(lacking + i) * (V(1.0f) - V::load(work.first + i));
    const V part = V(10.0f) * absolute(lack) / (V::load(work.entered + i) + V(0.5f));
    select(absolute(lack) > zero, with_sign(logarithm_of_more(part), lack), zero).store(lacking + i);
  });
}

// Energies and places of the candidates of one side whose cells come first, or of the others.
template <typename V>
inline void draw_energies(const Cells& model, HeadNumber number, const Head& head, float* own, int inputs, float side,
                          float first, Work& work) {
  const int stride = work.gen.stride, row = padded(3 * kEnergyComponents + kCells);
  const int count =
      choose(work.tokens, side, work.chosen, [&](int i) { return work.hit[i] > 0 && work.first[i] == first; });
  if (count == 0) return;
  for (int k = 0; k < kAround; ++k) {
    each_vector<V>(stride,
                   [&](int i) { V::load(work.around + k * stride + i).store(own + (inputs + k) * stride + i); });
  }
  ask<V>(model, number, head, own, work.chosen, count, work);
  float *const means = work.spare, *const values = work.total;
  draw_mixtures<V>(work.output, row, kEnergyComponents, work.chosen, count, work.uniform + 2 * stride,
                   work.normal + 3 * stride, means, values);
  const Grid& grid = model.known.grids[side == 1.0f ? 0 : 1];
  const int outward = static_cast<int>(work.gen.side());
  const float *const u = work.uniform + 4 * stride, *const eta = u + stride, *const phi = eta + stride;
  for (int m = 0; m < count; ++m) {
    const int i = work.chosen[m];
    const float log_energy = smaller(values[m] * work.unit[i] + work.expected[i], work.highest[i]);
    work.log_energy[i] = larger(log_energy, model.known.log_energy_min);
    const int cell = draw_category<V>(work.output + m * row + 3 * kEnergyComponents, 1, kCells, u[i]);
    const int d_ring = (cell / 3 - 1) * outward;
    const CellBox box = box_of_neighbour(grid, work.tokens.ring[i], work.tokens.column[i], d_ring, cell % 3 - 1);
    work.candidate_eta[i] = box.eta + (eta[i] - 0.5f) * box.eta_width;
    work.candidate_phi[i] = box.phi + (phi[i] - 0.5f) * box.phi_width;
  }
}

// Candidates, those of cells that got more than their neighbours first; and the energy of the neutral hadron of each
// particle's cell.
template <typename V>
inline void draw_candidates(const Cells& model, int state, Work& work) {
  const int stride = work.gen.stride;
  each_vector<V>(stride, [&](int i) {
    float* const all[] = {work.hit, work.log_energy, work.candidate_eta, work.candidate_phi};
    for (float* each : all) V(0.0f).store(each + i);
  });
  expect<V>(model.known, work);
  float *const photon = work.own_photon, *const neutral = work.own;
  write_photon_inputs<V>(work, photon);
  write_neutral_inputs<V>(work, neutral);
  draw_hits<V>(model, kPhotonHit, model.photon_hit, photon, 1, state, work);
  draw_hits<V>(model, kNeutralHit, model.neutral_hit, neutral, 2, state, work);
  find_alone(work, work.spare);
  for (int i = 0; i < work.gen.count; ++i) {
    if (work.spare[i] > 0 && !(work.vzeros.survives[i] > 0)) work.hit[i] = 0;
  }
  look_at_others<V>(work);
  for (int rest = 0; rest < 2; ++rest) {
    const float first = rest == 0 ? 1.0f : 0.0f;
    if (rest > 0) look_at_lacking<V>(work);
    draw_energies<V>(model, kPhotonEnergy, model.photon, photon, kPhotonInputs, 1, first, work);
    draw_energies<V>(model, kNeutralEnergy, model.neutral, neutral, kNeutralInputs, 2, first, work);
  }
  each_vector<V>(stride, [&](int i) {
    const V there = V::load(work.hit + i) * V::load(work.tokens.hcal + i);
    (exponential(V::load(work.log_energy + i)) * there).store(work.spare + i);
  });
  cell_sums(work, work.spare, work.neutral_energy);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
