#include <cmath>

#include "jets/by_pt.h"
#include "pyjetsim/selection.h"

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
    if (pt > cuts.pt_min && eta_cut.passes(p[2], pt)) kept.push_back({pt, row});
  }
  sort_by_pt(kept);
  if (kept.size() > cuts.max_constituents) kept.resize(cuts.max_constituents);
}

}  // namespace pyjetsim
