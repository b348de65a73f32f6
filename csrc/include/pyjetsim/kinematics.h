// Jet four-momenta from massless constituents.
#pragma once

#include <cstddef>

namespace pyjetsim {

// Computes pt, eta, phi, mass (GeV) of `n_jets` jets from their constituents.
//
// constituents: n_jets x max_constituents x 3, px, py, pz in GeV, row-major. Rows of
//   zeros are padding and add nothing, wherever they stand.
// jets: n_jets x 4, written; must not overlap the input. A jet without constituents is all zeros. NaN and Inf in the
//   input reach the output.
//
// The mass is projected on the jet axis n: E - |P| = sum |p_i x n|^2 / (|p_i| + p_i.n).
// E^2 - P^2 loses every digit of a light jet's mass at high momentum; this does not.
template <typename T>
void jet_kinematics(const T* constituents, std::size_t n_jets, std::size_t max_constituents, T* jets);

extern template void jet_kinematics<float>(const float*, std::size_t, std::size_t, float*);
extern template void jet_kinematics<double>(const double*, std::size_t, std::size_t, double*);

}  // namespace pyjetsim
