// Tokens that look at each other: one vector a particle and one a jet.
#pragma once

#include "backends/native/cells/vzeros.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// Distances as if the jets were of the radius that the numbers are made for.
template <typename V>
inline V in_radii(V distance, const Known& known) {
  return distance * V(0.5f / known.jet_radius);
}

template <typename V>
inline V distance_of(V eta, V phi, const Known& known) {
  return in_radii(square_root(eta * eta + phi * phi + V(1e-9f)), known);
}

// Input features of tokens, of the order of 1: (features, stride).
template <typename V>
inline void write_features(const Cells& model, const Work& work) {
  const Known& known = model.known;
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  const V one(1.0f), zero(0.0f), two(2.0f), four(4.0f), half(0.5f);
  const V side(gen.side()), jet_pt(gen.jet_pt);
  each_vector<V>(gen.stride, [&](int i) {
    float* to = work.features + i;
    const auto add = [&](V value) {
      value.store(to);
      to += gen.stride;
    };
    const auto flag = [&](auto condition) { add(select(condition, one, zero)); };
    const V pt = V::load(gen.pt + i), energy = V::load(gen.energy + i), eta = absolute(V::load(gen.eta + i));
    const V at_eta = absolute(V::load(t.eta + i));
    const V d_eta = V::load(t.d_eta + i), d_phi = V::load(t.d_phi + i);
    const V at_d_eta = V::load(t.at_d_eta + i), at_d_phi = V::load(t.at_d_phi + i);
    const V distance = distance_of(d_eta, d_phi, known), at_distance = distance_of(at_d_eta, at_d_phi, known);
    const V in_eta = V::load(t.in_eta + i), in_phi = V::load(t.in_phi + i);
    add(logarithm(pt) * half);
    add(logarithm(energy) * half - one);
    add(logarithm(pt / jet_pt) * V(1.0f / 3.0f) + one);
    add(V::load(gen.charge + i));
    add(eta - one);
    add(at_eta - one);
    add(four * d_eta * side);
    add(four * d_phi);
    add(four * distance - one);
    add(maximum(distance - V(0.35f), zero) * V(10.0f));
    add(clamped(four * at_d_eta * side, -4.0f, 4.0f));
    add(clamped(four * at_d_phi, -4.0f, 4.0f));
    add(clamped(four * at_distance - one, -1.0f, 4.0f));
    add(clamped(maximum(at_distance - V(0.35f), zero) * V(10.0f), 0.0f, 4.0f));
    add(clamped(two * in_eta * side, -1.0f, 1.0f));
    add(clamped(two * in_phi, -1.0f, 1.0f));
    add(clamped(maximum(absolute(in_eta) - V(0.3f), zero) * V(5.0f), -1.0f, 1.0f));
    add(clamped(maximum(absolute(in_phi) - V(0.3f), zero) * V(5.0f), -1.0f, 1.0f));
    const V photons = V::load(t.photons + i), electrons = V::load(t.electrons + i);
    const V charged = V::load(t.charged_hadrons + i), neutral = V::load(t.neutral_hadrons + i);
    add(logarithm_of_more(photons) * half);
    add(logarithm_of_more(electrons) * half);
    add(logarithm_of_more(charged) * half);
    add(logarithm_of_more(neutral) * half);
    for (const float* each : t.narrow) add(logarithm_of_more(V::load(each + i)) * half);
    for (const float* each : t.wide) add(logarithm_of_more(V::load(each + i)) * half);
    const V leads = V::load(t.leads + i);
    add(leads * V::load(t.ecal + i));
    add(leads * V::load(t.hcal + i));
    const V all = photons + electrons + charged + neutral + V(1e-3f);
    add(clamped(logarithm(energy / all), -6.0f, 2.0f) * half);
    for (int s = 0; s < known.n_calorimeter_steps; ++s) flag(at_eta > V(known.calorimeter_steps[s]));
    for (int s = 0; s < known.n_track_eta_steps; ++s) flag(eta > V(known.track_eta_steps[s]));
    for (int s = 0; s < known.n_track_pt_steps; ++s) flag(pt > V(known.track_pt_steps[s]));
    flag(at_distance > one);
    flag(pt < V(known.loops_below));
    for (const float* each : gen.is_kind) add(V::load(each + i));
  });
}

struct Prong {
  float share, eta, phi;
};

// Of a jet, from two-means weighted by pt: prongs.py.
template <typename V>
inline void write_prongs(const Known& known, const Work& work, float* features) {
  const Particles& gen = work.gen;
  const int n = gen.count;
  const float scale = 0.5f / known.jet_radius, side = gen.side();
  float *const eta = work.spare, *const phi = work.total;
  int hardest = 0, far = 0;
  for (int i = 0; i < n; ++i) {
    eta[i] = work.tokens.d_eta[i] * scale * side;
    phi[i] = work.tokens.d_phi[i] * scale;
    if (work.share[i] > work.share[hardest]) hardest = i;
  }
  const auto square = [&](int i, const Prong& prong) {
    const float x = eta[i] - prong.eta, y = phi[i] - prong.phi;
    return x * x + y * y;
  };
  Prong first = {0, eta[hardest], phi[hardest]};
  float most = -1;
  for (int i = 0; i < n; ++i) {
    const float moment = work.share[i] * square(i, first);
    if (moment > most) {
      most = moment;
      far = i;
    }
  }
  Prong second = {0, eta[far], phi[far]};
  for (int round = 0; round < 3; ++round) {
    Prong sums[2] = {};
    for (int i = 0; i < n; ++i) {
      Prong& sum = sums[square(i, first) <= square(i, second) ? 0 : 1];
      sum.share += work.share[i];
      sum.eta += work.share[i] * eta[i];
      sum.phi += work.share[i] * phi[i];
    }
    const auto middle = [](const Prong& sum) {
      const float total = larger(sum.share, 1e-6f);
      return Prong{sum.share, sum.eta / total, sum.phi / total};
    };
    first = middle(sums[0]);
    second = middle(sums[1]);
  }
  const bool swap = second.share > first.share;
  const Prong &hard = swap ? second : first, &soft = swap ? first : second;
  const float d_eta = hard.eta - soft.eta, d_phi = hard.phi - soft.phi;
  const float distance = sqrtf(d_eta * d_eta + d_phi * d_phi + 1e-9f);
  const float numbers[kProngFeatures] = {4 * soft.share - 1,
                                         8 * hard.eta,
                                         8 * hard.phi,
                                         4 * soft.eta,
                                         4 * soft.phi,
                                         4 * distance - 1,
                                         larger(distance - 0.4f, 0.0f) * 10,
                                         number_of(logarithm(V(soft.share + 1e-3f))) / 2 + 1};
  for (int k = 0; k < kProngFeatures; ++k) features[k] = smaller(larger(numbers[k], -4.0f), 4.0f);
}

// Numbers of a jet.
template <typename V>
inline void write_jet_features(const Cells& model, const Work& work, float vertex, float vertices, float* features) {
  const Known& known = model.known;
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  const auto log = [](float x) { return number_of(logarithm(V(x))); };
  float mean[7] = {};
  for (int i = 0; i < gen.count; ++i) {
    const float share = work.share[i], scale = 0.5f / known.jet_radius;
    const float d_eta = t.d_eta[i] * scale * gen.side(), d_phi = t.d_phi[i] * scale;
    const float distance = sqrtf(t.d_eta[i] * t.d_eta[i] + t.d_phi[i] * t.d_phi[i] + 1e-9f) * scale;
    mean[0] += share * distance;
    mean[1] += share * (d_eta * d_eta);
    mean[2] += share * (d_phi * d_phi);
    mean[3] += share * (d_eta * d_phi);
    mean[4] += distance > 0.3f ? share : 0;
    mean[5] += distance > 0.4f ? share : 0;
    mean[6] += share * share;
  }
  const float half_eta = gen.jet_eta / 2;
  const float shape[] = {4 * mean[0] - 0.6f, 16 * mean[1] - 0.4f, 16 * mean[2] - 0.4f, 32 * mean[3],
                         4 * mean[4],        8 * mean[5],         4 * mean[6] - 0.6f};
  *features++ = log(gen.jet_pt) - 5.3f;
  *features++ = fabsf(gen.jet_eta) - 1;
  *features++ = log(gen.jet_mass / gen.jet_pt) + 2.2f;
  *features++ = static_cast<float>(gen.count) / 20 - 1.3f;
  *features++ = (vertices - (1 + known.mean_pileup)) / known.pileup_unit;
  *features++ = vertex / known.vertex_unit * gen.side();
  *features++ = half_eta * half_eta;
  *features++ = log(gen.jet_energy) - 5.7f;
  for (const float each : shape) *features++ = smaller(larger(each, -4.0f), 4.0f);
  write_prongs<V>(known, work, features);
  write_vzero_jet_features(work, features + kProngFeatures);
}

// Sums over tokens, by their shares of pt and as they are, before the numbers of the jet.
template <typename V>
inline void pool(const Cells& model, const Work& work) {
  const int n = work.gen.count;
  for (int c = 0; c < model.width; c += V::kWidth) {
    V shared(0.0f), all(0.0f);
    for (int i = 0; i < n; ++i) {
      const V x = V::load(work.x + static_cast<int64_t>(i) * work.x_row + c);
      shared = fused_multiply_add(V(work.share[i]), x, shared);
      all = all + x;
    }
    shared.store(work.pooled + c);
    (all / V(20.0f)).store(work.pooled + model.width + c);
  }
}

// The sum of a row by its columns modulo 16, and of these by halves.
inline float sum_of_lanes(float* sixteen) {
  for (int width = kPanel / 2; width > 0; width /= 2) {
    for (int k = 0; k < width; ++k) sixteen[k] += sixteen[k + width];
  }
  return sixteen[0];
}

template <typename V>
inline void normalise(const Cells& model, const Work& work, const float* scale, const float* shift, float* to) {
  const int width = model.width;
  constexpr int kVectors = kPanel / V::kWidth;
  const float parts = static_cast<float>(width);
  for (int i = 0; i < work.gen.count; ++i) {
    const float* const x = work.x + static_cast<int64_t>(i) * work.x_row;
    float lanes[kPanel];
    const auto total = [&](auto term) {
      for (int v = 0; v < kVectors; ++v) {
        V sum(0.0f);
        for (int c = v * V::kWidth; c < width; c += kPanel) sum = sum + term(V::load(x + c));
        sum.store(lanes + v * V::kWidth);
      }
      return sum_of_lanes(lanes);
    };
    const V mean(total([](V value) { return value; }) / parts);
    const float variance = total([mean](V value) { return (value - mean) * (value - mean); }) / parts;
    const V unit(1.0f / sqrtf(variance + 1e-5f));
    for (int c = 0; c < width; c += V::kWidth) {
      const V value = (V::load(x + c) - mean) * unit;
      fused_multiply_add(value, V::load(scale + c), V::load(shift + c)).store(to + static_cast<int64_t>(i) * width + c);
    }
  }
}

// log of the squared distance of all pairs on the calorimeter, in panels of 16: (panels, count, 16).
template <typename V>
inline void measure_distances(const Work& work) {
  const Tokens& t = work.tokens;
  const int n = work.gen.count;
  for (int first = 0; first < work.gen.stride; first += kPanel) {
    for (int j = 0; j < n; ++j) {
      float* const to = work.log_distance + (static_cast<int64_t>(first) * n + static_cast<int64_t>(j) * kPanel);
      for (int k = 0; k < kPanel; k += V::kWidth) {
        const V d_eta = V::load(t.at_d_eta + first + k) - V(t.at_d_eta[j]);
        V d_phi = absolute(V::load(t.at_d_phi + first + k) - V(t.at_d_phi[j]));
        d_phi = minimum(d_phi, V(kTurn) - d_phi);
        logarithm(d_eta * d_eta + d_phi * d_phi + V(1e-4f)).store(to + k);
      }
    }
  }
}

// Weights of all pairs for one head in place of `scores`, not normalised, and the inverse of their sums.
template <typename V>
inline void weigh(const Work& work, float nearness, float* inverse) {
  const int n = work.gen.count;
  for (int first = 0; first < work.gen.stride; first += kPanel) {
    for (int k = 0; k < kPanel; k += V::kWidth) {
      float* const scores = work.scores + static_cast<int64_t>(first) * n + k;
      const float* const distance = work.log_distance + static_cast<int64_t>(first) * n + k;
      V most(-3e38f), sum(0.0f);
      for (int j = 0; j < n; ++j) {
        const V score = fused_multiply_add(V(nearness), V::load(distance + j * kPanel), V::load(scores + j * kPanel));
        score.store(scores + j * kPanel);
        most = maximum(score, most);
      }
      for (int j = 0; j < n; ++j) {
        const V weight = exponential(V::load(scores + j * kPanel) - most);
        weight.store(scores + j * kPanel);
        sum = sum + weight;
      }
      (V(1.0f) / sum).store(inverse + first + k);
    }
  }
}

template <typename V>
inline void attend(const Cells& model, const Attention& block, const Work& work) {
  const int n = work.gen.count, stride = work.gen.stride, width = model.width, size = width / model.heads;
  const int row = padded(3 * width);
  const float scale = 1 / sqrtf(static_cast<float>(size));
  float* const qkv = work.wide_hidden;
  normalise<V>(model, work, block.before_scale, block.before_shift, work.hidden);
  apply<V, Then::kStore>(block.qkv, rows_of(work.hidden, width, n), qkv);
  for (int head = 0; head < model.heads; ++head) {
    const float *const query = qkv + head * size, *const key = query + width, *const value = key + width;
    for (int i = 0; i < stride; ++i) {
      float* const to = work.queries + static_cast<int64_t>(i / kPanel) * size * kPanel + i % kPanel;
      for (int d = 0; d < size; ++d) {
        to[d * kPanel] = i < n ? query[static_cast<int64_t>(i) * row + d] * scale : 0;
      }
    }
    const int panels = stride / kPanel;
    product<V, Then::kStore>({key, row, 1, nullptr, n}, size, work.queries, nullptr, panels,
                             {work.scores, kPanel, int64_t{n} * kPanel});
    weigh<V>(work, block.nearness[head], work.spare);
    float* const values = work.values + static_cast<int64_t>(head) * size * stride;
    product<V, Then::kStore>({value, 1, row, nullptr, size}, n, work.scores, nullptr, panels, {values, stride, kPanel});
    for (int d = 0; d < size; ++d) {
      float* const of = values + static_cast<int64_t>(d) * stride;
      each_vector<V>(stride, [&](int i) { (V::load(of + i) * V::load(work.spare + i)).store(of + i); });
    }
  }
  const Results x = {work.x, work.x_row, kPanel};
  product<V, Then::kAdd>({work.values, 1, stride, nullptr, n}, width, block.out.weights, block.out.bias,
                         panels_of(width), x);
  normalise<V>(model, work, block.between_scale, block.between_shift, work.hidden);
  apply<V, Then::kSilu>(block.rest.layers[0], rows_of(work.hidden, width, n), work.other);
  const Linear& last = block.rest.layers[1];
  product<V, Then::kAdd>(rows_of(work.other, last.inputs, n), last.inputs, last.weights, last.bias, panels_of(width),
                         x);
}

// To work.x and the first numbers of work.jet.
template <typename V>
inline void encode(const Cells& model, float vertex, float vertices, Work& work) {
  const Particles& gen = work.gen;
  const int n = gen.count, width = model.width;
  each_vector<V>(gen.stride, [&](int i) { (V::load(gen.pt + i) / V(gen.jet_pt)).store(work.share + i); });
  write_features<V>(model, work);
  write_vzero_features<V>(model, work);
  apply<V, Then::kSilu>(model.embed.layers[0], {work.features, 1, gen.stride, nullptr, n}, work.hidden);
  const Linear& embedding = model.embed.layers[1];
  const Results x = {work.x, work.x_row, kPanel};
  product<V, Then::kStore>(rows_of(work.hidden, width, n), width, embedding.weights, embedding.bias, panels_of(width),
                           x);
  write_jet_features<V>(model, work, vertex, vertices, work.pooled + 2 * width);
  pool<V>(model, work);
  const Rows pooled = {work.pooled, 0, 1, nullptr, 1};
  answer<V>(model.context, pooled, work.hidden, work.other, work.context);
  product<V, Then::kStore>({work.context, 0, 1, nullptr, 1}, width, model.told_context.weights, model.told.bias,
                           panels_of(width), {work.told_bias, 0, kPanel});
  product<V, Then::kSilu>({work.x, work.x_row, 1, nullptr, n}, width, model.told.weights, work.told_bias,
                          panels_of(width), {work.hidden, width, kPanel});
  product<V, Then::kAdd>(rows_of(work.hidden, width, n), width, model.told_out.weights, model.told_out.bias,
                         panels_of(width), x);
  if (model.n_blocks > 0) measure_distances<V>(work);
  for (int b = 0; b < model.n_blocks; ++b) attend<V>(model, model.blocks[b], work);
  pool<V>(model, work);
  answer<V>(model.summary, pooled, work.hidden, work.other, work.jet);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
