// The loss's terms that depend on sums of the jets, and their gradients.
#pragma once

#include "kernels/kinematics/cuda/angles.h"
#include "kernels/kinematics/cuda/constituents.h"
#include "kernels/reconstruction_loss/batch.h"

namespace pyjetsim::cuda {

template <typename T>
__device__ inline T squared(T a) {
  return a * a;
}

template <typename T>
__device__ inline void write_sums(const JetSums<T>& jet, T* row) {
  row[kSumEnergy] = jet.energy;
  row[kSumPx] = jet.total.x;
  row[kSumPy] = jet.total.y;
  row[kSumPz] = jet.total.z;
  row[kSumPt] = jet.pt;
  row[kSumMass] = jet.mass;
}

template <typename T>
__device__ inline JetSums<T> read_sums(const T* row) {
  return {{row[kSumPx], row[kSumPy], row[kSumPz]}, row[kSumEnergy], row[kSumPt], row[kSumMass]};
}

template <typename T>
__device__ inline Momentum<T> difference(const Momentum<T>& a, const Momentum<T>& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}

// The gradient, at the constituents of one jet, of the terms that depend on sums, times weights and incoming gradient.
// A term of weight 0 is left out: its gradient may be infinite.
template <typename T>
struct GradientOfSums {
  bool mass_wanted;
  T of_mass;
  Momentum<T> of_total;
  JetGradientTerms<T> mass_terms;

  __device__ GradientOfSums(const JetSums<T>& jet, const JetSums<T>& other, const T* weights, T grad)
      : mass_wanted(weights[kMassTerm] != T(0)),
        of_mass(2 * grad * weights[kMassTerm] * (jet.mass - other.mass)),
        of_total{T(0), T(0), T(0)},
        mass_terms(gradient_terms(jet.total, jet.energy, jet.mass)) {
    if (weights[kPtTerm] != T(0))
      add(pt_gradient(jet.total, jet.pt), 2 * grad * weights[kPtTerm] * (jet.pt - other.pt));
    if (weights[kMomentumTerm] != T(0)) add(difference(jet.total, other.total), 2 * grad * weights[kMomentumTerm]);
  }

  __device__ void add(const Momentum<T>& direction, T scale) {
    of_total = {of_total.x + scale * direction.x, of_total.y + scale * direction.y, of_total.z + scale * direction.z};
  }

  __device__ Momentum<T> operator()(const Momentum<T>& p) const {
    if (!mass_wanted) return of_total;
    const Momentum<T> of_this = mass_gradient(unit_vector(p), mass_terms);
    return {of_total.x + of_mass * of_this.x, of_total.y + of_mass * of_this.y, of_total.z + of_mass * of_this.z};
  }
};

}  // namespace pyjetsim::cuda
