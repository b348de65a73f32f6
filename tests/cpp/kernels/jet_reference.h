// What a jet's kinematics are, in long double, the mass from pairs of constituents, and slopes of anything by
// differences.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace pyjetsim::tests {

using Real = long double;

struct Jet {
  std::vector<std::array<Real, 3>> constituents;
  std::vector<std::int64_t> rows;  // of these in the padded batch

  template <typename T>
  Jet(const std::vector<T>& batch, const bool* mask, std::int64_t n, std::int64_t jet) {
    for (std::int64_t row = jet * n; row < (jet + 1) * n; ++row) {
      if (mask != nullptr && !mask[row]) continue;
      constituents.push_back({batch[3 * row], batch[3 * row + 1], batch[3 * row + 2]});
      rows.push_back(row);
    }
  }
};

// energy px py pz pt eta phi mass
using Quantities = std::array<Real, 8>;

// |p||q| - p.q without cancellation.
inline Real opening(const std::array<Real, 3>& p, const std::array<Real, 3>& q, Real product) {
  const Real dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  if (dot <= 0) return product - dot;
  const Real x = p[1] * q[2] - p[2] * q[1], y = p[2] * q[0] - p[0] * q[2], z = p[0] * q[1] - p[1] * q[0];
  return (x * x + y * y + z * z) / (product + dot);
}

inline Quantities quantities(const Jet& jet) {
  Real energy = 0, squared_mass = 0, p[3] = {0, 0, 0};
  std::vector<Real> lengths;
  for (const auto& c : jet.constituents) {
    lengths.push_back(std::sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]));
    energy += lengths.back();
    for (int d = 0; d < 3; ++d) p[d] += c[d];
    for (std::size_t other = 0; other + 1 < lengths.size(); ++other) {
      squared_mass += 2 * opening(c, jet.constituents[other], lengths.back() * lengths[other]);
    }
  }
  const Real pt = std::sqrt(p[0] * p[0] + p[1] * p[1]);
  const Real beam = p[2] == 0 ? 0 : p[2] * INFINITY;
  return {energy,
          p[0],
          p[1],
          p[2],
          pt,
          pt == 0 ? beam : std::asinh(p[2] / pt),
          pt == 0 ? 0 : std::atan2(p[1], p[0]),
          std::sqrt(squared_mass)};
}

// The slope of `of` along one component of one constituent.
template <typename Function>
Real slope(Jet& jet, std::size_t constituent, int component, Function of) {
  Real& p = jet.constituents[constituent][component];
  const Real at = p, step = Real(1e-6) * (1 + std::abs(at));
  p = at + step;
  const Real above = of();
  p = at - step;
  const Real below = of();
  p = at;
  return (above - below) / (2 * step);
}

}  // namespace pyjetsim::tests
