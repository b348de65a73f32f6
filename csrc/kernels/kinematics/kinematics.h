// A jet's kinematics from its constituents, and the gradients: for a number or for a vector of numbers.
//
// Constituents are massless. With P the summed momentum and n = P / |P| the jet axis,
//   E - |P| = sum_i |p_i x n|^2 / (|p_i| + p_i.n),   m^2 = (E - |P|) (E + |P|).
// E^2 - P^2 loses every digit of a light jet's mass at high momentum; this is never negative and does not.
#pragma once

#include <cstdint>

#include "kernels/arithmetic.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
struct Momentum {
  V x, y, z;
};

template <typename V>
PYJETSIM_HOST_DEVICE inline V dot(const Momentum<V>& a, const Momentum<V>& b) {
  return multiply_add(a.z, b.z, multiply_add(a.y, b.y, a.x * b.x));
}

template <typename V>
PYJETSIM_HOST_DEVICE inline V magnitude(const Momentum<V>& p) {
  return square_root(dot(p, p));
}

// p / |p|, or `otherwise` where p is zero. A NaN stays.
template <typename V>
PYJETSIM_HOST_DEVICE inline Momentum<V> direction(const Momentum<V>& p, V length, const Momentum<V>& otherwise) {
  const auto zero = length == V(0);
  const V inverse = V(1) / select(zero, V(1), length);
  return {select(zero, otherwise.x, p.x * inverse), select(zero, otherwise.y, p.y * inverse),
          select(zero, otherwise.z, p.z * inverse)};
}

// The axis of a jet of summed momentum P. Where all momenta cancel any axis is right: every constituent's energy is
// then mass.
template <typename V>
PYJETSIM_HOST_DEVICE inline Momentum<V> jet_axis(const Momentum<V>& total, V length) {
  return direction(total, length, {V(0), V(0), V(1)});
}

// What the constituent p adds to E - |P|: |p| - p.n without cancellation. Against the axis the quotient is 0/0, and the
// plain difference loses nothing.
template <typename V>
PYJETSIM_HOST_DEVICE inline V energy_excess(const Momentum<V>& p, const Momentum<V>& axis) {
  const V length = magnitude(p);
  const V along = dot(p, axis);
  const Momentum<V> across{p.y * axis.z - p.z * axis.y, p.z * axis.x - p.x * axis.z, p.x * axis.y - p.y * axis.x};
  const auto forward = along > V(0);
  const V quotient = dot(across, across) / select(forward, length + along, V(1));
  return select(forward, quotient, length - along);
}

template <typename V>
PYJETSIM_HOST_DEVICE inline V mass_from_excess(V excess, V total_length) {
  return square_root(excess * (excess + total_length + total_length));
}

// Of a jet, what the gradient of mass and energy at one constituent needs.
template <typename V>
struct JetGradientTerms {
  Momentum<V> axis;
  V length;        // |P|
  V excess;        // E - |P|
  V inverse_mass;  // 0 for a massless jet, whose mass has no gradient
};

template <typename V>
PYJETSIM_HOST_DEVICE inline JetGradientTerms<V> gradient_terms(const Momentum<V>& total, V energy, V mass) {
  const V length = magnitude(total);
  const auto empty = energy == V(0);
  const auto massless = mass == V(0);
  return {direction(total, length, {V(0), V(0), V(0)}), length, mass * mass / select(empty, V(1), energy + length),
          select(massless, V(0), V(1) / select(massless, V(1), mass))};
}

// Gradient of the mass at the constituent p: ((E - |P|) u + |P| (u - n)) / m with u = p/|p|, which is
// (E u - P) / m without its cancellation. A constituent at zero, where u is 0, has many subgradients: 0 is one, and
// does not tear at padding as -P / m would.
template <typename V>
PYJETSIM_HOST_DEVICE inline Momentum<V> mass_gradient(const Momentum<V>& unit, const JetGradientTerms<V>& jet) {
  const V length = select(dot(unit, unit) == V(0), V(0), jet.length);
  return {(jet.excess * unit.x + length * (unit.x - jet.axis.x)) * jet.inverse_mass,
          (jet.excess * unit.y + length * (unit.y - jet.axis.y)) * jet.inverse_mass,
          (jet.excess * unit.z + length * (unit.z - jet.axis.z)) * jet.inverse_mass};
}

// Gradient at the summed momentum P of what depends on nothing else: its components, pt, eta and phi. Where pt is 0
// its direction is undefined, and 0 is taken.
template <typename V>
PYJETSIM_HOST_DEVICE inline Momentum<V> total_gradient(const Momentum<V>& total, V pt, V length,
                                                       const Momentum<V>& grad_total, V grad_pt, V grad_eta,
                                                       V grad_phi) {
  const auto no_pt = pt == V(0);
  const V inverse = select(no_pt, V(0), V(1) / select(no_pt, V(1), pt));
  const V cosine = total.x * inverse, sine = total.y * inverse;
  // eta = asinh(pz / pt): d eta / d pz = 1 / |P|, d eta / d pt = -pz / (pt |P|).
  const V per_length = select(no_pt, V(0), grad_eta / select(no_pt, V(1), length));
  const V along_pt = grad_pt - per_length * total.z * inverse;
  const V across = grad_phi * inverse;
  return {grad_total.x + along_pt * cosine - across * sine, grad_total.y + along_pt * sine + across * cosine,
          grad_total.z + per_length};
}

PYJETSIM_HOST_DEVICE inline float inverse_sinh(float a) { return asinhf(a); }
PYJETSIM_HOST_DEVICE inline double inverse_sinh(double a) { return asinh(a); }
PYJETSIM_HOST_DEVICE inline float angle(float x, float y) { return atan2f(y, x); }
PYJETSIM_HOST_DEVICE inline double angle(double x, double y) { return atan2(y, x); }

// 0 for an empty jet; infinite, with the sign of pz, along the beam.
template <typename T>
PYJETSIM_HOST_DEVICE inline T pseudorapidity(T pz, T pt) {
  return pz == T(0) && pt == T(0) ? T(0) : inverse_sinh(pz / pt);
}

template <typename T>
PYJETSIM_HOST_DEVICE inline T azimuth(T px, T py, T pt) {
  return pt == T(0) ? T(0) : angle(px, py);
}

}  // namespace PYJETSIM_FLAVOUR

// --- What a kinematics kernel reads and writes, on any device.

// Columns of a row of kinematics.
enum KinematicsColumn { kEnergy, kPx, kPy, kPz, kPt, kEta, kPhi, kMass, kKinematicsColumns };

template <typename T>
struct KinematicsBatch {
  std::int64_t batch, n;
  const T* constituents;  // (batch, n, 3): px, py, pz
  const bool* mask;       // (batch, n), true for constituents; null: all rows
  T* kinematics;          // (batch, 8), written
};

template <typename T>
struct KinematicsGradient {
  std::int64_t batch, n;
  const T* constituents;
  const bool* mask;
  const T* kinematics;       // (batch, 8), as the forward kernel wrote them
  const T* grad_kinematics;  // (batch, 8)
  T* grad_constituents;      // (batch, n, 3), written
};

}  // namespace pyjetsim
