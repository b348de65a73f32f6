#pragma once

#include "FWCore/ParameterSet/interface/ParameterSetDescription.h"

namespace edm {

class ConfigurationDescriptions {
 public:
  void addWithDefaultLabel(ParameterSetDescription const& description) { description_ = description; }

  // Of the stub alone.
  const ParameterSetDescription& description() const { return description_; }

 private:
  ParameterSetDescription description_;
};

}  // namespace edm
