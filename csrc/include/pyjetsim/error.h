// What every function of this library throws.
#pragma once

#include <stdexcept>
#include <string>

namespace pyjetsim {

// Reads "<what is wrong> (<why it matters>): <what to do>".
class Error : public std::runtime_error {
 public:
  Error(const std::string& what, const std::string& why, const std::string& todo)
      : std::runtime_error(what + " (" + why + "): " + todo) {}
};

}  // namespace pyjetsim
