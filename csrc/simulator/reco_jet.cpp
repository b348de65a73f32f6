#include "simulator/reco_jet.h"

#include <algorithm>

namespace pyjetsim {

std::size_t make_reco_jet(const Manifest& manifest, RecoJetBuffers& buffers, float* output,
                          const std::int32_t* output_pids, std::vector<std::int32_t>& pids) {
  auto& [order, momenta] = buffers;
  const std::size_t numbers = 3 * manifest.max_output_constituents;
  select_constituents({output, numbers}, manifest.cuts, order);
  momenta.clear();
  for (const RankedConstituent& constituent : order) {
    const float* p = output + std::size_t{3} * constituent.row;
    momenta.insert(momenta.end(), p, p + 3);
    pids.push_back(output_pids == nullptr ? 0 : output_pids[constituent.row]);
  }
  std::fill(std::copy(momenta.begin(), momenta.end(), output), output + numbers, 0.0f);
  return order.size();
}

}  // namespace pyjetsim
