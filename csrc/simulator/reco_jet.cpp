#include "simulator/reco_jet.h"

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

std::size_t select_constituents(const Manifest& manifest, std::vector<ByPt>& order, std::vector<float>& momenta,
                                float* output) {
  const auto rows = static_cast<std::uint32_t>(manifest.max_constituents);
  // In single precision, like the numbers they are compared with.
  const auto pt_min = static_cast<float>(manifest.constituent_pt_min);
  const EtaCut eta_cut(static_cast<float>(manifest.constituent_eta_max));
  order.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    const float* p = output + std::size_t{3} * row;
    const float pt = transverse_momentum(p);
    if (pt > pt_min && eta_cut.passes(p[2], pt)) order.push_back({pt, row});
  }
  sort_by_pt(order);
  if (order.size() > manifest.kept_constituents) order.resize(manifest.kept_constituents);

  momenta.clear();
  for (const ByPt& constituent : order) {
    const float* p = output + std::size_t{3} * constituent.row;
    momenta.insert(momenta.end(), p, p + 3);
  }
  std::fill(std::copy(momenta.begin(), momenta.end(), output), output + std::size_t{3} * rows, 0.0f);
  return order.size();
}

}  // namespace pyjetsim
