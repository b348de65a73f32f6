// Who a module is, for products and messages.
#pragma once

#include <string>

namespace pyjetsim::framework {

struct ModuleDescription {
  std::string label;  // unique in a process
  std::string type;   // its class

  std::string text() const { return "module '" + label + "' (" + type + ")"; }
};

// Numbers the streams of a process from 0.
struct StreamID {
  unsigned value;
};

}  // namespace pyjetsim::framework
