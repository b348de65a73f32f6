#include <cmath>
#include <string>

#include "number_text.h"
#include "pyjetsim/error.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {

Acceptance::Acceptance(double pt_min, double eta_max) : pt_min_(pt_min), slope_(std::sinh(eta_max)) {
  if (std::isnan(pt_min) || std::isnan(eta_max)) {
    throw Error("pt_min is " + fixed_text(pt_min) + " and eta_max " + fixed_text(eta_max),
                "particles are compared with both", "give numbers");
  }
}

bool Acceptance::holds(double px, double py, double pz) const {
  if (!std::isfinite(px + py + pz)) return true;
  const double pt = std::hypot(px, py);
  return pt > 0 && pt > pt_min_ && std::abs(pz) < slope_ * pt;
}

}  // namespace pyjetsim
