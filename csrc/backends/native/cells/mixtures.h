// Drawing from categories and mixtures of Gaussians by the inverse of their cumulative distribution.
#pragma once

#include "backends/native/cells/work.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// Standard normal numbers to uniform ones.
template <typename V>
inline V uniform_of(V normal) {
  return V(0.5f) * (V(1.0f) + error_function(normal * V(0.70710678118654752440f)));
}

// Chances of `count` categories, not normalised, each with those before added. Logits are `step` apart.
template <typename V>
inline void add_up(const float* logits, int step, int count, float* chances) {
  float most = logits[0];
  for (int i = 0; i < count; ++i) {
    chances[i] = logits[i * step];
    most = larger(chances[i], most);
  }
  for (int i = count; i < padded(count); ++i) chances[i] = 0;
  each_vector<V>(count, [&](int i) { exponential(V::load(chances + i) - V(most)).store(chances + i); });
  for (int i = 1; i < count; ++i) chances[i] += chances[i - 1];
}

// From 0 to count - 1.
inline int drawn(const float* chances, int count, float u) {
  const float at = u * chances[count - 1];
  int category = 0;
  for (int i = 0; i + 1 < count; ++i) category += at > chances[i];
  return category;
}

template <typename V>
inline int draw_category(const float* logits, int step, int count, float u) {
  float chances[4 * kPanel];
  add_up<V>(logits, step, count, chances);
  return drawn(chances, count, u);
}

// One-dimensional mixtures of the tokens `chosen`, in the columns of `parameters` from the first on: weight, mean and
// log of the width of each component. `values`: one for each of the chosen.
template <typename V>
inline void draw_mixtures(const float* parameters, int row, int components, const int* chosen, int count,
                          const float* u, const float* normal, float* means, float* values) {
  for (int m = 0; m < count; ++m) {
    const float* const of = parameters + static_cast<int64_t>(m) * row;
    const int component = draw_category<V>(of, 3, components, u[chosen[m]]);
    means[m] = of[3 * component + 1];
    values[m] = of[3 * component + 2];
  }
  for (int m = count; m < padded(count); ++m) means[m] = values[m] = 0;
  float normals[kPanel];
  for (int first = 0; first < count; first += V::kWidth) {
    for (int k = 0; k < V::kWidth; ++k) normals[k] = first + k < count ? normal[chosen[first + k]] : 0;
    const V width = exponential(clamped(V::load(values + first), -7.0f, 4.0f));
    (V::load(means + first) + width * V::load(normals)).store(values + first);
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
