// Differences of azimuths.
#pragma once

#include <cmath>

namespace pyjetsim {

// a - b in [-pi, pi), in radians, for any a and b: wrapped as NumPy wraps it in Python, ((a - b + pi) mod 2 pi) - pi,
// so that both judge a pair alike.
inline double delta_phi(double a, double b) {
  constexpr double kPi = 3.14159265358979323846;
  double wrapped = std::fmod(a - b + kPi, 2 * kPi);
  if (wrapped < 0) wrapped += 2 * kPi;
  return wrapped - kPi;
}

// Distance of two directions in (eta, phi).
inline double delta_r(double eta_a, double phi_a, double eta_b, double phi_b) {
  return std::hypot(eta_a - eta_b, delta_phi(phi_a, phi_b));
}

}  // namespace pyjetsim
