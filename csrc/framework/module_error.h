// What goes wrong inside a module, with the module's name and the event's.
#pragma once

#include <exception>
#include <string>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {

class ModuleError : public Error {
 public:
  // Of what is being handled, so to be called in a catch block. `when` and `who` come before its message; where it is
  // no Error, `consequence` tells why it matters.
  ModuleError(const std::string& when, const std::string& who, const std::string& consequence);

  // As it was thrown.
  const std::exception_ptr& cause() const { return cause_; }

 private:
  ModuleError(const std::string& when_and_who, const Error& cause);

  std::exception_ptr cause_;
};

}  // namespace pyjetsim::framework
