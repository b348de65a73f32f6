/// \file
/// Kinematics of jets from massless constituents, with their gradient.
#pragma once

#include "pyjetsim/export.h"
#include "pyjetsim/points.h"

namespace pyjetsim {

/// Kinematics of one jet; GeV and radians.
template <typename T>
struct JetKinematics {
  T energy, px, py, pz, pt, eta, phi, mass;
};

/// Computes the kinematics of the sum of massless constituents.
///
/// With P = sum_i p_i and the jet axis n = P / |P|,
///
///     E - |P| = sum_i |p_i x n|^2 / (|p_i| + p_i.n),    m^2 = (E - |P|) (E + |P|).
///
/// E^2 - P^2 is the same on paper, but loses every digit of a light jet's mass at high momentum to rounding.
///
/// Zero rows add nothing. A jet without constituents is 0 in all kinematics; eta of a jet along the beam is infinite.
/// NaN and infinity in a constituent reach its jet. Works in the calling thread; outputs must not overlap inputs.
///
/// \param constituents  B jets of up to P constituents: px, py, pz in GeV, dimension 3.
/// \param jets          (B,) output.
/// \throws Error for spans of a wrong size, and another dimension.
template <typename T>
PYJETSIM_EXPORT void jet_kinematics(const PointSets<T>& constituents, Span<JetKinematics<T>> jets);

/// Computes the gradient at the constituents. It is finite where the kinematics are, and 0 where they have no gradient:
/// jets that are empty, massless or without pt.
///
/// \param grad_jets          (B,) gradient at each of the kinematics.
/// \param constituents       As in jet_kinematics.
/// \param jets               (B,), from jet_kinematics.
/// \param grad_constituents  (B, P, 3) output.
/// \throws Error for spans of a wrong size, and another dimension.
template <typename T>
PYJETSIM_EXPORT void jet_kinematics_backward(Span<const JetKinematics<T>> grad_jets, const PointSets<T>& constituents,
                                             Span<const JetKinematics<T>> jets, Span<T> grad_constituents);

}  // namespace pyjetsim
