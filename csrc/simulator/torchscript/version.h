// The libtorch that is there, and the one that this was compiled against.
#pragma once

#include <string>

namespace pyjetsim {

// Name, version and file of the one that is there: for messages and provenance.
std::string libtorch();

// Throws Error where its version is another: outside its stable part, libtorch's interface changes from one to the next
// and a call would be misunderstood.
void check_libtorch();

}  // namespace pyjetsim
