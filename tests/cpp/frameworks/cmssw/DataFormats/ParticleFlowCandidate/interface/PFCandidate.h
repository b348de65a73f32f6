#pragma once

#include "DataFormats/Candidate/interface/Candidate.h"
#include "DataFormats/ParticleFlowCandidate/interface/PFCandidateFwd.h"
#include "FWCore/Utilities/interface/Exception.h"

namespace reco {

class PFCandidate : public LeafCandidate {
 public:
  enum ParticleType { X = 0, h, e, mu, gamma, h0, h_HF, egamma_HF };

  PFCandidate() = default;
  // Throws for a charge that the type cannot have.
  PFCandidate(Charge charge, const LorentzVector& p4, ParticleType type) : LeafCandidate(charge, p4) {
    const bool charged = type == h || type == e || type == mu;
    if (charged != (charge != 0)) {
      throw cms::Exception("InconsistentValue") << "a PFCandidate of type " << type << " with charge " << charge;
    }
    setPdgId(translateTypeToPdgId(type));
  }

  int translateTypeToPdgId(ParticleType type) const {
    switch (type) {
      case h:
        return charge() * 211;
      case e:
        return charge() * -11;
      case mu:
        return charge() * -13;
      case gamma:
        return 22;
      case h0:
        return 130;
      case h_HF:
        return 1;
      case egamma_HF:
        return 2;
      case X:
        break;
    }
    return 0;
  }
};

}  // namespace reco
