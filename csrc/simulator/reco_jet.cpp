#include "simulator/reco_jet.h"

#include <algorithm>

namespace pyjetsim {

std::size_t make_reco_jet(const Manifest& manifest, std::vector<RankedConstituent>& order, std::vector<float>& momenta,
                          float* output) {
  const std::size_t numbers = 3 * manifest.max_constituents;
  select_constituents({output, numbers}, manifest.cuts, order);
  momenta.clear();
  for (const RankedConstituent& constituent : order) {
    const float* p = output + std::size_t{3} * constituent.row;
    momenta.insert(momenta.end(), p, p + 3);
  }
  std::fill(std::copy(momenta.begin(), momenta.end(), output), output + numbers, 0.0f);
  return order.size();
}

}  // namespace pyjetsim
