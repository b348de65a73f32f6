// Jet four-momenta from massless constituents, with their gradient.
#pragma once

#include "pyjetsim/export.h"
#include "pyjetsim/points.h"

namespace pyjetsim {

// One jet. GeV and radians.
template <typename T>
struct JetKinematics {
  T energy, px, py, pz, pt, eta, phi, mass;
};

// Writes the kinematics of each jet from its constituents px, py, pz (dimension 3).
//
// Rows of zeros add nothing. A jet without constituents is all zeros. NaN and Inf in the input reach the output. Works
// in the calling thread; spans of a wrong size throw Error; outputs must not overlap inputs.
//
// The mass is projected on the jet axis n: E - |P| = sum |p_i x n|^2 / (|p_i| + p_i.n), m^2 = (E - |P|) (E + |P|).
// E^2 - P^2 loses every digit of a light jet's mass at high momentum; this does not.
template <typename T>
PYJETSIM_EXPORT void jet_kinematics(const PointSets<T>& constituents, Span<JetKinematics<T>> jets);

// Writes the gradient at the constituents, from the kinematics and the gradient at each of them. Finite where the
// kinematics are, and 0 where one has no gradient: jets that are empty, massless or without pt.
template <typename T>
PYJETSIM_EXPORT void jet_kinematics_backward(Span<const JetKinematics<T>> grad_jets, const PointSets<T>& constituents,
                                             Span<const JetKinematics<T>> jets, Span<T> grad_constituents);

}  // namespace pyjetsim
