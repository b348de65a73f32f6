// One jet's kinematics from its summed momentum: the formula, apart from loops and types.
#pragma once

#include <cmath>
#include <cstddef>

namespace pyjetsim::kinematics {

struct Momentum {
  double x, y, z;
};

struct Jet {
  double pt, eta, phi, mass;
};

inline double norm(const Momentum& p) { return std::sqrt(p.x * p.x + p.y * p.y + p.z * p.z); }

// E - |P| of one massless constituent p along the unit axis n, without cancellation where
// p points along n. Opposite to n the quotient is 0/0, and the plain difference is exact.
inline double energy_minus_projection(const Momentum& p, const Momentum& n) {
  const double magnitude = norm(p);
  const double along = p.x * n.x + p.y * n.y + p.z * n.z;
  if (along <= 0) return magnitude - along;
  const Momentum cross{p.y * n.z - p.z * n.y, p.z * n.x - p.x * n.z, p.x * n.y - p.y * n.x};
  return (cross.x * cross.x + cross.y * cross.y + cross.z * cross.z) / (magnitude + along);
}

template <typename T>
Jet jet_from_constituents(const T* constituents, std::size_t max_constituents) {
  Momentum total{0, 0, 0};
  for (std::size_t i = 0; i < max_constituents; ++i) {
    total.x += static_cast<double>(constituents[3 * i]);
    total.y += static_cast<double>(constituents[3 * i + 1]);
    total.z += static_cast<double>(constituents[3 * i + 2]);
  }
  const double pt = std::hypot(total.x, total.y);
  const double momentum = norm(total);
  // Where all momenta cancel any axis is right: every constituent's energy is then mass.
  const Momentum axis =
      momentum == 0 ? Momentum{0, 0, 1} : Momentum{total.x / momentum, total.y / momentum, total.z / momentum};
  double excess = 0;
  for (std::size_t i = 0; i < max_constituents; ++i) {
    const Momentum p{static_cast<double>(constituents[3 * i]), static_cast<double>(constituents[3 * i + 1]),
                     static_cast<double>(constituents[3 * i + 2])};
    // Not `if (p is not zero)`: that would drop a NaN.
    if (p.x == 0 && p.y == 0 && p.z == 0) continue;
    excess += energy_minus_projection(p, axis);
  }
  Jet jet;
  jet.pt = pt;
  jet.eta = momentum == 0 ? 0 : std::asinh(total.z / pt);
  jet.phi = momentum == 0 ? 0 : std::atan2(total.y, total.x);
  jet.mass = std::sqrt(excess * (excess + 2 * momentum));
  return jet;
}

}  // namespace pyjetsim::kinematics
