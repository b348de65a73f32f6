#include "simulator/reco_jet.h"

namespace pyjetsim {
namespace {

float absolute_pseudorapidity(float pz, float pt) { return pz == 0 ? 0 : std::asinh(std::abs(pz) / pt); }

}  // namespace

std::size_t select_constituents(const Manifest& manifest, std::vector<ByPt>& order, std::vector<float>& momenta,
                                float* output) {
  const auto rows = static_cast<std::uint32_t>(manifest.max_constituents);
  // In single precision, like the numbers they are compared with.
  const auto pt_min = static_cast<float>(manifest.constituent_pt_min);
  const auto eta_max = static_cast<float>(manifest.constituent_eta_max);
  order.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    const float* p = output + std::size_t{3} * row;
    const float pt = transverse_momentum(p);
    if (pt > pt_min && absolute_pseudorapidity(p[2], pt) < eta_max) order.push_back({pt, row});
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
