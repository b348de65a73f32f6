#include "truth/greedy.h"

#include <algorithm>
#include <tuple>

namespace pyjetsim::truth {

void match_greedily(std::vector<Candidate>& candidates, std::vector<std::int32_t>& gen_match,
                    std::vector<std::int32_t>& reco_match) {
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.cost, a.gen, a.reco) < std::tie(b.cost, b.gen, b.reco);
  });
  for (const Candidate& candidate : candidates) {
    auto& gen = gen_match[static_cast<std::size_t>(candidate.gen)];
    auto& reco = reco_match[static_cast<std::size_t>(candidate.reco)];
    if (gen >= 0 || reco >= 0) continue;
    gen = candidate.reco;
    reco = candidate.gen;
  }
  candidates.clear();
}

}  // namespace pyjetsim::truth
