#pragma once

#include "DataFormats/JetReco/interface/BasicJetCollection.h"
#include "DataFormats/JetReco/interface/Jet.h"

namespace reco {

class BasicJet : public Jet {
 public:
  BasicJet() = default;
  BasicJet(const LorentzVector& p4, const Point& vertex) : Jet(p4, vertex) {}
  BasicJet(const LorentzVector& p4, const Point& vertex, const Jet::Constituents& constituents)
      : Jet(p4, vertex, constituents) {}
};

}  // namespace reco
