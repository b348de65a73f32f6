// A stream that ends or errs where it should not.
#pragma once

#include <stdexcept>

namespace pyjetsim {

// What is wrong there, without file and place: those are added by who knows how far reading came.
class BrokenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pyjetsim
