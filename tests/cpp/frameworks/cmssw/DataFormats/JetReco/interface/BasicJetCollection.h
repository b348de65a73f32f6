#pragma once

#include <vector>

namespace reco {

class BasicJet;
using BasicJetCollection = std::vector<BasicJet>;

}  // namespace reco
