// Pairs of nearest, one to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyjetsim::truth {

struct Candidate {
  double cost;
  std::int32_t gen, reco;
};

// Take candidates by rising cost, each gen and each reco particle once; ties go to the lower gen, then the lower reco.
// `gen_match` and `reco_match` hold what is taken already, -1 for free, and get what is added. Empties `candidates`.
void match_greedily(std::vector<Candidate>& candidates, std::vector<std::int32_t>& gen_match,
                    std::vector<std::int32_t>& reco_match);

}  // namespace pyjetsim::truth
