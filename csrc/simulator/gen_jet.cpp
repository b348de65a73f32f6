#include "simulator/gen_jet.h"

#include "jets/by_pt.h"
#include "simulator/domain.h"

namespace pyjetsim {
namespace {

struct Total {
  float px = 0, py = 0, pz = 0;

  // As jet_kinematics has them.
  float pt() const { return std::sqrt(px * px + py * py); }
  float eta() const { return pz == 0 ? pz : std::asinh(pz / pt()); }
};

// Of the hardest constituents.
void write_pids(Span<const std::int32_t> pids, const std::vector<RankedConstituent>& order, Span<std::int32_t> input) {
  const std::size_t known = pids.empty() ? 0 : std::min(order.size(), input.size());
  for (std::size_t i = 0; i < known; ++i) input[i] = pids[order[i].row];
  std::fill(input.begin() + known, input.end(), 0);
}

}  // namespace

GenJet prepare_gen_jet(const Manifest& manifest, Span<const float> momenta, Span<const std::int32_t> pids,
                       std::vector<RankedConstituent>& order, float* input, std::int32_t* input_pids) {
  const auto rows = static_cast<std::uint32_t>(momenta.size() / 3);
  order.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    const float* p = momenta.data() + std::size_t{3} * row;
    if (p[0] != 0 || p[1] != 0 || p[2] != 0) order.push_back({transverse_momentum(p), row});
  }
  sort_by_pt(order);

  Total total;
  float* next = input;
  float* const end = input + 3 * manifest.max_constituents;
  for (const RankedConstituent& constituent : order) {
    const float* p = momenta.data() + std::size_t{3} * constituent.row;
    total = {total.px + p[0], total.py + p[1], total.pz + p[2]};
    if (next != end) next = std::copy(p, p + 3, next);
  }
  std::fill(next, end, 0.0f);
  if (input_pids != nullptr) write_pids(pids, order, {input_pids, manifest.max_constituents});
  return {order.empty(), domain_distance(manifest, total.pt(), total.eta(), order.size()),
          order.size() > manifest.max_constituents};
}

}  // namespace pyjetsim
