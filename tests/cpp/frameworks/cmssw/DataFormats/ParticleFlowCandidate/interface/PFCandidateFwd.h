#pragma once

#include <vector>

namespace reco {

class PFCandidate;
using PFCandidateCollection = std::vector<reco::PFCandidate>;

}  // namespace reco
