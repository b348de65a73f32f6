// Gradients of pt, pseudorapidity and azimuth at a jet's momentum: 0 where pt is 0 and they have none.
#pragma once

#include "kernels/kinematics/formula.h"

namespace pyjetsim::cuda {

template <typename T>
__device__ inline Momentum<T> pt_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  return {total.x / pt, total.y / pt, T(0)};
}

// Along the beam 1 / |P|, across it -pz / (pt |P|).
template <typename T>
__device__ inline Momentum<T> pseudorapidity_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  const T along = 1 / magnitude(total);
  const T across = -total.z * along / pt;
  return {across * (total.x / pt), across * (total.y / pt), along};
}

template <typename T>
__device__ inline Momentum<T> azimuth_gradient(const Momentum<T>& total, T pt) {
  if (pt == T(0)) return {T(0), T(0), T(0)};
  return {-total.y / pt / pt, total.x / pt / pt, T(0)};
}

}  // namespace pyjetsim::cuda
