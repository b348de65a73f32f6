// Gradient of a batch's kinematics at its constituents, one jet a lane.
#pragma once

#include "kernels/kinematics/cpu/forward.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
inline Momentum<V> add(const Momentum<V>& a, V weight, const Momentum<V>& b) {
  return {multiply_add(weight, b.x, a.x), multiply_add(weight, b.y, a.y), multiply_add(weight, b.z, a.z)};
}

// Writes n constituents' gradients, in vectors over the constituents themselves:
//   along P: the same for every constituent; plus energy times its direction; plus mass times the mass's gradient.
// A weight that is null leaves its part out, which may be infinite.
template <typename V>
inline void constituent_gradients(typename V::Number* vectors, int64_t n, const JetGradientTerms<V>& jet,
                                  const Momentum<V>& along_total, const V* energy_weight, const V* mass_weight) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  const V zero(T(0));
  const Momentum<V> none{zero, zero, zero};
  for (int64_t i = 0; i < n; ++i) {
    const Momentum<V> p = constituent<V>(vectors, i);
    const Momentum<V> unit = direction(p, magnitude(p), none);
    Momentum<V> sum = along_total;
    if (energy_weight != nullptr) sum = add(sum, *energy_weight, unit);
    if (mass_weight != nullptr) sum = add(sum, *mass_weight, mass_gradient(unit, jet));
    sum.x.store(vectors + 3 * i * W);
    sum.y.store(vectors + (3 * i + 1) * W);
    sum.z.store(vectors + (3 * i + 2) * W);
  }
}

// Gathers columns of rows of `width` numbers into vectors, one jet a lane.
template <typename V>
inline V load_column(const typename V::Number* rows, int width, int column, int64_t first, int n_jets) {
  typename V::Number lanes[V::kWidth];
  for (int k = 0; k < V::kWidth; ++k) lanes[k] = rows[(first + (k < n_jets ? k : n_jets - 1)) * width + column];
  return V::load(lanes);
}

// Writes gradients from vectors to rows; those of masked constituents are zero.
template <typename V>
inline void store_gradients(typename V::Number* vectors, const bool* mask, int64_t n, int64_t first, int n_jets,
                            typename V::Number* gradient) {
  if (mask != nullptr) clear_masked<V>(vectors, mask + first * n, n, n_jets);
  store_transposed<V>(vectors, 3 * n, n_jets, JetRows<V, typename V::Number>(gradient + first * 3 * n, 3 * n, n_jets));
}

template <typename V>
inline void kinematics_backward(const KinematicsGradient<typename V::Number>& batch, int64_t begin, int64_t end) {
  using T = typename V::Number;
  constexpr int W = V::kWidth;
  for (int64_t first = begin; first < end; first += W) {
    const int n_jets = static_cast<int>(end - first < W ? end - first : W);
    Arena arena(Arena::padded<T>(3 * batch.n * W));
    T* vectors = load_jets<V>(batch.constituents, batch.mask, batch.n, first, n_jets, arena);
    const auto value = [&](int column) {
      return load_column<V>(batch.kinematics, kKinematicsColumns, column, first, n_jets);
    };
    const auto grad = [&](int column) {
      return load_column<V>(batch.grad_kinematics, kKinematicsColumns, column, first, n_jets);
    };
    const Momentum<V> total{value(kPx), value(kPy), value(kPz)};
    const JetGradientTerms<V> jet = gradient_terms(total, value(kEnergy), value(kMass));
    const Momentum<V> along = total_gradient(total, value(kPt), jet.length, {grad(kPx), grad(kPy), grad(kPz)},
                                             grad(kPt), grad(kEta), grad(kPhi));
    const V energy = grad(kEnergy), mass = grad(kMass);
    constituent_gradients<V>(vectors, batch.n, jet, along, &energy, &mass);
    store_gradients<V>(vectors, batch.mask, batch.n, first, n_jets, batch.grad_constituents);
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
