// Differences of azimuths.
#pragma once

#include <cmath>

namespace pyjetsim::truth {

inline double delta_phi(double a, double b) { return std::remainder(a - b, 2 * 3.14159265358979323846); }

}  // namespace pyjetsim::truth
