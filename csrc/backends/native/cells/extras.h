// What a reco jet holds beside the answers to its gen particles, and how far its axis moves.
#pragma once

#include "backends/native/cells/tokens.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

struct Axis {
  float eta, phi;  // from the gen axis, eta outward
};

template <typename V>
inline Axis draw_axis(const Cells& model, const Work& work, const float* noise) {
  answer<V>(model.axis, {work.jet, 0, 1, nullptr, 1}, work.hidden, work.other, work.output);
  const int component = draw_category<V>(work.output, 5, kAxis, number_of(uniform_of(V(noise[5]))));
  const float* const of = work.output + 5 * component;
  const auto value = [&](int d) {
    const float width = number_of(exponential(clamped(V(of[3 + d]), -7.0f, 4.0f)));
    return (of[1 + d] + width * noise[6 + d]) / 20.0f;
  };
  return {value(0), value(1)};
}

// The component's parameters with bounded widths, to `to`: three means and three widths.
template <typename V>
inline void write_polar(const float* parameters, float* to, int step) {
  constexpr float kHigh[] = {2.0f, 1.0f, 2.0f};
  for (int d = 0; d < 3; ++d) {
    to[d * step] = parameters[1 + d];
    to[(3 + d) * step] = smaller(larger(parameters[4 + d], -5.0f), kHigh[d]);
  }
}

// A value of an extra: its normal distance, azimuth and log pt.
struct Polar {
  float distance, azimuth, log_pt;
};

template <typename V>
inline Polar draw_first(const float* parameters, float u, const float* normal) {
  float chosen[6];
  write_polar<V>(parameters + 7 * draw_category<V>(parameters, 7, kAnchor, u), chosen, 1);
  const auto value = [&](int d) { return chosen[d] + number_of(exponential(V(chosen[3 + d]))) * normal[d]; };
  return {value(0), value(1), value(2)};
}

// Distances from the axis, azimuths and log pt, `step` apart, to places.
template <typename V>
inline void place(const Cells& model, const Axis& axis, const float* polar, int step, int count, float* eta, float* phi,
                  float* log_pt) {
  each_vector<V>(count, [&](int s) {
    const V part = V(1.06f) * uniform_of(V::load(polar + s)) + V(1e-6f);
    const V distance = V(model.known.jet_radius) * square_root(part);
    const SineAndCosine<V> around = sine_and_cosine(V::load(polar + step + s));
    (distance * around.cosine + V(axis.eta)).store(eta + s);
    (distance * around.sine + V(axis.phi)).store(phi + s);
    V::load(polar + 2 * step + s).store(log_pt + s);
  });
}

// The hardest of a class, and `count` - 1 softer ones from the mixture `parameters`. `noise`: that of the class.
template <typename V>
inline void draw_class(const Cells& model, const Axis& axis, const Polar& first, const float* parameters,
                       const float* noise, int count, int which, Work& work) {
  const int step = padded(model.extras[which]);
  float* const polar = work.polar;  // (9, step): values; means and widths, of which the values are drawn
  float *const means = polar, *const widths = polar + 3 * step, *const normals = polar + 6 * step;
  add_up<V>(parameters, 7, kRest, work.lane_numbers);
  for (int s = 1; s < count; ++s) {
    const float* const numbers = noise + s * kExtraNoise;
    const int component = drawn(work.lane_numbers, kRest, number_of(uniform_of(V(numbers[0]))));
    write_polar<V>(parameters + 7 * component, means + s, step);
    for (int d = 0; d < 3; ++d) normals[d * step + s] = numbers[1 + d];
  }
  for (int d = 0; d < 6; ++d) means[d * step] = 0;
  for (int d = 0; d < 3; ++d) normals[d * step] = 0;
  for (int d = 0; d < 9; ++d) {
    for (int s = count; s < padded(count); ++s) polar[d * step + s] = 0;
  }
  const float low = model.known.log_pt_min, span = larger(first.log_pt - low, 1e-3f);
  each_vector<V>(count, [&](int s) {
    for (int d = 0; d < 3; ++d) {
      const V width = exponential(V::load(widths + d * step + s));
      V value = V::load(means + d * step + s) + width * V::load(normals + d * step + s);
      if (d == 2) {
        // Reflected at the threshold and at the hardest one's.
        V part = (value - V(low)) / V(2 * span);
        part = part - floored(part);
        value = V(low) + V(span) * (V(1.0f) - absolute(V(2.0f) * part - V(1.0f)));
      }
      value.store(means + d * step + s);
    }
  });
  means[0] = first.distance;
  means[step] = first.azimuth;
  means[2 * step] = first.log_pt;
  place<V>(model, axis, polar, step, count, work.extras.eta[which], work.extras.phi[which], work.extras.log_pt[which]);
}

// Where each class's noise begins.
inline const float* noise_of_extras(const Cells& model, const float* noise, int which) {
  const float* first = noise + kJetNoise + model.max_constituents * kTokenNoise;
  for (int c = 0; c < which; ++c) first += model.extras[c] * kExtraNoise;
  return first;
}

// Extras given the axis; none is harder than the gen jet.
template <typename V>
inline void draw_extras(const Cells& model, const Axis& axis, const float* noise, Work& work) {
  const Particles& gen = work.gen;
  float* const told = work.told;
  int length = model.width;
  for (int c = 0; c < length; ++c) told[c] = work.jet[c];
  const float distance = sqrtf(axis.eta * axis.eta + axis.phi * axis.phi + 1e-9f);
  const auto within = [](float x, float most) { return smaller(larger(x, -most), most); };
  told[length++] = 20 * within(axis.eta, 0.3f);
  told[length++] = 20 * within(axis.phi, 0.3f);
  told[length++] = 20 * smaller(distance, 0.3f);
  const Rows rows = {told, 0, 1, nullptr, 1};
  for (int i = 0; i < kClasses; ++i) {
    answer<V>(model.counts[i], rows, work.hidden, work.other, work.output);
    const int size = model.extras[kOrder[i]] + 1;
    add_up<V>(work.output, 1, size, work.lane_numbers);
    const int count = drawn(work.lane_numbers, size, number_of(uniform_of(V(noise[2 + i]))));
    work.extras.counts[kOrder[i]] = count;
    told[length++] = static_cast<float>(count) / 5.0f;
  }
  const float low = model.known.log_pt_min;
  const float highest = larger(number_of(logarithm(V(gen.jet_pt))), low + 1e-3f);
  Polar first[kClasses];
  for (int i = 0; i < kClasses; ++i) {
    const int which = kOrder[i];
    if (work.extras.counts[which] > 0) {
      const float* const numbers = noise_of_extras(model, noise, which);
      answer<V>(model.anchors[i], rows, work.hidden, work.other, work.output);
      Polar polar = draw_first<V>(work.output, number_of(uniform_of(V(numbers[0]))), numbers + 1);
      polar.log_pt = smaller(fabsf(polar.log_pt - low) + low, highest);
      first[which] = polar;
      const SineAndCosine<V> around = sine_and_cosine(V(polar.azimuth));
      told[length++] = polar.distance;
      told[length++] = number_of(around.cosine);
      told[length++] = number_of(around.sine);
      told[length++] = polar.log_pt - 1;
    } else {
      for (int k = 0; k < kAnchorFeatures; ++k) told[length++] = 0;
    }
  }
  for (int i = 0; i < kClasses; ++i) {
    const int which = kOrder[i], count = work.extras.counts[which];
    if (count == 0) continue;
    answer<V>(model.rest[i], rows, work.hidden, work.other, work.output);
    draw_class<V>(model, axis, first[which], work.output, noise_of_extras(model, noise, which), count, which, work);
  }
}

// Extras in numbers about 1, behind what the encoder says of the jet.
template <typename V>
inline void sum_up(const Cells& model, const Work& work) {
  float* to = work.jet + model.width;
  const auto add = [&](float number) { *to++ = smaller(larger(number, -10.0f), 10.0f); };
  for (int which = 0; which < kClasses; ++which) {
    const int count = work.extras.counts[which];
    float total = 0, eta = 0, phi = 0, hardest = 0;
    for (int first = 0; first < count; first += V::kWidth) {
      float shares[kPanel];
      (exponential(V::load(work.extras.log_pt[which] + first)) / V(work.gen.jet_pt)).store(shares);
      for (int k = 0; k < V::kWidth && first + k < count; ++k) {
        if (first + k == 0) hardest = shares[0];
        total += shares[k];
        eta = fmaf(shares[k], work.extras.eta[which][first + k], eta);
        phi = fmaf(shares[k], work.extras.phi[which][first + k], phi);
      }
    }
    add(number_of(logarithm_of_more(V(20 * total))));
    add(eta * 20);
    add(phi * 20);
    add(static_cast<float>(count) / 5.0f);
    add(hardest * 10);
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
