#pragma once

#include <string>

#include "FWCore/ParameterSet/interface/ParameterSet.h"

namespace edm {

class ParameterDescriptionBase;

class ParameterSetDescription {
 public:
  template <typename T, typename U>
  ParameterDescriptionBase* add(U const& label, T const& value) {
    defaults_.addParameter<T>(std::string(label), value);
    return nullptr;  // nothing more is described here
  }

  // Of the stub alone.
  const ParameterSet& defaults() const { return defaults_; }

 private:
  ParameterSet defaults_;
};

}  // namespace edm
