#include "pyjetsim/selection.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/number_text.h"
#include "jets/by_pt.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

// |eta| < eta_max, judged as in the definition by asinh(|pz| / pt), which is slow, where that is close.
class EtaCut {
 public:
  explicit EtaCut(float eta_max) : eta_max_(eta_max), slope_(std::sinh(eta_max)) {}

  bool passes(float pz, float pt) const {
    constexpr float kClose = 1e-3f;
    const float height = std::abs(pz), limit = pt * slope_;
    if (height < limit * (1 - kClose)) return true;
    if (height > limit * (1 + kClose)) return false;
    return height == 0 || std::asinh(height / pt) < eta_max_;
  }

 private:
  float eta_max_, slope_;
};

}  // namespace

void select_constituents(Span<const float> momenta, const ConstituentCuts& cuts, std::vector<RankedConstituent>& kept) {
  const EtaCut eta_cut(cuts.eta_max);
  const auto rows = static_cast<std::uint32_t>(momenta.size() / 3);
  kept.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    const float* p = momenta.data() + std::size_t{3} * row;
    const float pt = transverse_momentum(p);
    const bool is_one = pt > 0 && std::isfinite(pt) && std::isfinite(p[2]);
    if (is_one && pt > cuts.pt_min && eta_cut.passes(p[2], pt)) kept.push_back({pt, row});
  }
  sort_by_pt(kept);
  if (kept.size() > cuts.max_constituents) kept.resize(cuts.max_constituents);
}

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

Span<const std::int32_t> invisible_pids() {
  static constexpr std::int32_t pids[] = {12,      14,      16,      18,      1000012, 1000014,
                                          1000016, 1000022, 1000023, 1000025, 1000035, 1000039};
  return {pids, sizeof pids / sizeof *pids};
}

bool is_visible(std::int32_t pid, Span<const std::int32_t> invisible) {
  const std::int64_t wide = pid;  // the lowest number has no absolute value of its own type
  return std::find(invisible.begin(), invisible.end(), wide < 0 ? -wide : wide) == invisible.end();
}

}  // namespace pyjetsim
