// The name of a product: the module that put it, and which of its products it is.
#pragma once

#include <string>

namespace pyjetsim::framework {

struct InputTag {
  std::string label;     // of the module, or of the source
  std::string instance;  // empty for a module's main product

  InputTag() = default;
  // Written "label" or "label:instance".
  explicit InputTag(const std::string& text) : label(text.substr(0, text.find(':'))) {
    if (label.size() < text.size()) instance = text.substr(label.size() + 1);
  }

  std::string text() const { return instance.empty() ? label : label + ":" + instance; }
};

}  // namespace pyjetsim::framework
