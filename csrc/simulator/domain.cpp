#include "simulator/domain.h"

#include <algorithm>
#include <cmath>

namespace pyjetsim {
namespace {

constexpr double kLeastPt = 1e-3, kLeastNumber = 0.5;  // below, a logarithm says nothing
constexpr double kLeastWidth = 1e-6;                   // of a range of one value

double beyond(double low, double high, double value) {
  return std::max({low - value, value - high, 0.0}) / std::max(high - low, kLeastWidth);
}

double beyond_in_logs(const Range& range, double value, double least) {
  const auto log = [least](double x) { return std::log(std::max(x, least)); };
  return beyond(log(range.low), log(range.high), log(value));
}

// In single precision, like the numbers that the limits were taken from.
Range single(const Range& range) { return {static_cast<float>(range.low), static_cast<float>(range.high)}; }

}  // namespace

float domain_distance(const Manifest& manifest, float pt, float eta, std::size_t n_constituents) {
  const Range etas = single(manifest.eta);
  const double number = static_cast<double>(n_constituents);
  return static_cast<float>(
      std::max({beyond_in_logs(single(manifest.pt), pt, kLeastPt), beyond(etas.low, etas.high, eta),
                beyond_in_logs(manifest.n_constituents, number, kLeastNumber)}));
}

}  // namespace pyjetsim
