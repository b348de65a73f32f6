#pragma once

#include <vector>

#include "DataFormats/JetReco/interface/Jet.h"

namespace reco {

class GenJet : public Jet {
 public:
  struct Specific {
    float m_EmEnergy = 0, m_HadEnergy = 0, m_InvisibleEnergy = 0, m_AuxiliaryEnergy = 0;
  };

  GenJet() = default;
  GenJet(const LorentzVector& p4, const Point& vertex, const Specific&, const Jet::Constituents& constituents)
      : Jet(p4, vertex, constituents) {}
};

using GenJetCollection = std::vector<GenJet>;

}  // namespace reco
