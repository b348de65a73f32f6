// Tracks: which charged particles leave one, with what momentum and direction.
#pragma once

#include "backends/native/cells/heads.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
inline void draw_found(const Cells& model, int state, Work& work) {
  const Particles& gen = work.gen;
  int charged = 0;
  for (int i = 0; i < gen.stride; ++i) work.found[i] = 0;
  for (int i = 0; i < gen.count; ++i) {
    if (gen.charge[i] != 0) work.chosen[charged++] = i;
  }
  ask<V>(model, kFound, model.found, nullptr, work.chosen, charged, work);
  for (int m = 0; m < charged; ++m) {
    const float chance = number_of(logistic(V(work.output[m * padded(kFates) + state])));
    const int i = work.chosen[m];
    work.found[i] = work.uniform[i] < chance && work.vzeros.survives[i] > 0;
  }
}

// Tracks by the cells that they enter.
inline void share_cells(Work& work) {
  const Particles& gen = work.gen;
  cell_sums(work, work.found, work.number);
  for (int i = 0; i < gen.stride; ++i) work.spare[i] = gen.energy[i] * work.found[i];
  cell_sums(work, work.spare, work.sum_energy);
  for (int i = 0; i < gen.stride; ++i) work.spare[i] = work.spare[i] * work.spare[i];
  cell_sums(work, work.spare, work.sum_square);
  float* const earlier = work.sums;
  for (int i = 0; i < gen.stride; ++i) work.first_track[i] = earlier[i] = 0;
  for (int i = 0; i < gen.count; ++i) {
    if (!(work.found[i] > 0)) continue;
    float& seen = earlier[work.tokens.cell[i]];
    work.first_track[i] = seen > 0 ? 0.0f : 1.0f;
    seen = 1;
  }
}

template <typename V>
inline void write_scale_inputs(Work& work) {
  const Tokens& t = work.tokens;
  const int stride = work.gen.stride;
  const V zero(0.0f), tenth(0.1f);
  each_vector<V>(stride, [&](int i) {
    float* to = work.own + i;
    const auto add = [&](V value) {
      value.store(to);
      to += stride;
    };
    const V energy = V::load(work.sum_energy + i), neutral = V::load(work.neutral_energy + i);
    const V hadrons = V::load(t.neutral_hadrons + i), square = V::load(work.sum_square + i);
    const V lost = maximum(V::load(t.charged_hadrons + i) - energy * V::load(t.hcal + i), zero),
            unseen = lost + hadrons;
    add(logarithm_of_more(energy));
    add(logarithm_of_more(lost));
    add(logarithm_of_more(hadrons));
    add(logarithm_of_more(neutral));
    add(select(neutral > zero, V(1.0f), zero));
    add(logarithm((neutral + tenth) / (energy + tenth)));
    add(V::load(work.number + i) / V(3.0f));
    add(logarithm((unseen + tenth) / (energy + tenth)));
    add(logarithm((square + V(1e-3f)) / (energy * energy + V(1e-3f))));
  });
}

template <typename V>
inline void write_residual_inputs(Work& work) {
  const int stride = work.gen.stride;
  each_vector<V>(stride, [&](int i) {
    const V share = V::load(work.gen.energy + i) / (V::load(work.sum_energy + i) + V(1e-3f));
    minimum(share, V(1.5f)).store(work.own + i);
    (V::load(work.number + i) / V(3.0f)).store(work.own + stride + i);
  });
}

// A mixture of logarithms for the chosen ones, to `to`, which is 0 for the others.
template <typename V>
inline void draw_logs(Work& work, int components, int count, int slot, float* to) {
  const int stride = work.gen.stride;
  float *const means = work.spare, *const values = work.total;
  draw_mixtures<V>(work.output, padded(3 * components), components, work.chosen, count, work.uniform + slot * stride,
                   work.normal + (slot + 1) * stride, means, values);
  for (int i = 0; i < stride; ++i) to[i] = 0;
  for (int m = 0; m < count; ++m) to[work.chosen[m]] = smaller(larger(values[m] / 3.0f, -1.5f), 1.5f);
}

template <typename V>
inline void draw_displacement(const Cells& model, Work& work) {
  const int stride = work.gen.stride, row = padded(1 + 2 * kWidths);
  const float *const u = work.uniform + 11 * stride, *const normal = work.normal + 13 * stride;
  int found = 0;
  for (int i = 0; i < stride; ++i) work.track_eta[i] = work.track_phi[i] = 0;
  for (int i = 0; i < work.gen.count; ++i) {
    if (work.found[i] > 0) work.chosen[found++] = i;
  }
  ask<V>(model, kDisplaced, model.displaced, nullptr, work.chosen, found, work);
  for (int m = 0; m < found; ++m) {
    const float* const output = work.output + m * row;
    const int i = work.chosen[m];
    if (!(u[i] < number_of(logistic(V(output[0]))))) continue;
    const int component = draw_category<V>(output + 1, 1, kWidths, u[stride + i]);
    const float width = number_of(exponential(clamped(V(output[1 + kWidths + component]), -3.0f, 6.0f))) * 0.01f;
    work.track_eta[i] = normal[i] * width;
    work.track_phi[i] = normal[stride + i] * width;
  }
}

// Momenta and directions of the found.
template <typename V>
inline void draw_tracks(const Cells& model, Work& work) {
  const Particles& gen = work.gen;
  const int stride = gen.stride;
  share_cells(work);
  write_scale_inputs<V>(work);
  int first = 0, several = 0;
  for (int i = 0; i < gen.count; ++i) {
    if (work.first_track[i] > 0) work.chosen[first++] = i;
  }
  ask<V>(model, kScaleHead, model.scale, work.own, work.chosen, first, work);
  draw_logs<V>(work, kScale, first, 7, work.factor);
  cell_sums(work, work.factor, work.factor);
  write_residual_inputs<V>(work);
  for (int i = 0; i < gen.count; ++i) {
    if (work.found[i] > 0 && work.number[i] > 1.5f) work.chosen[several++] = i;
  }
  ask<V>(model, kResidualHead, model.residual, work.own, work.chosen, several, work);
  draw_logs<V>(work, kResidual, several, 9, work.share);
  each_vector<V>(stride, [&](int i) {
    const V share = exponential(V::load(work.share + i));
    share.store(work.share + i);
    (V::load(gen.energy + i) * V::load(work.found + i) * share).store(work.spare + i);
  });
  cell_sums(work, work.spare, work.total);
  each_vector<V>(stride, [&](int i) {
    const V mean = V::load(work.total + i) / maximum(V::load(work.sum_energy + i), V(1e-6f));
    const V log_ratio = logarithm(V::load(work.share + i) / maximum(mean, V(1e-3f))) + V::load(work.factor + i);
    log_ratio.store(work.log_ratio + i);
  });
  draw_displacement<V>(model, work);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
