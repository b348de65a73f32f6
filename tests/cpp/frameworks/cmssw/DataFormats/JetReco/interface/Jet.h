#pragma once

#include <vector>

#include "DataFormats/Candidate/interface/Candidate.h"

namespace reco {

class Jet : public CompositePtrCandidate {
 public:
  using Constituent = edm::Ptr<Candidate>;
  using Constituents = std::vector<Constituent>;

  Jet() = default;
  Jet(const LorentzVector& p4, const Point& vertex) : CompositePtrCandidate(0, p4, vertex) {}
  Jet(const LorentzVector& p4, const Point& vertex, const Constituents& constituents) : Jet(p4, vertex) {
    for (const Constituent& each : constituents) addDaughter(each);
  }
};

}  // namespace reco
