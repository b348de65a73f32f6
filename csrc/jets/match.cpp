#include "core/angles.h"
#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

void check(const DirectionsView& view) {
  if (view.eta.size() != view.phi.size()) {
    throw Error(std::to_string(view.eta.size()) + " eta and " + std::to_string(view.phi.size()) + " phi",
                "a direction is one of each", "give both for every jet");
  }
}

}  // namespace

void match_nearest(const DirectionsView& jets, const DirectionsView& others, double max_delta_r,
                   Span<std::int64_t> nearest) {
  check(jets);
  check(others);
  if (nearest.size() != jets.eta.size()) {
    throw Error(std::to_string(jets.eta.size()) + " jets and room for " + std::to_string(nearest.size()) + " matches",
                "every jet has one entry", "make room for as many as there are jets");
  }
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    double closest = max_delta_r;
    nearest[i] = -1;
    for (std::size_t j = 0; j < others.eta.size(); ++j) {
      const double distance = delta_r(jets.eta[i], jets.phi[i], others.eta[j], others.phi[j]);
      if (distance < closest) {
        closest = distance;
        nearest[i] = static_cast<std::int64_t>(j);
      }
    }
  }
}

}  // namespace pyjetsim
