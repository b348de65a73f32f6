// What no detector sees: a record of the event setup.
#pragma once

#include <cstdint>
#include <vector>

#include "pyjetsim/selection.h"

namespace pyjetsim::framework {

struct InvisibleParticles {
  // Absolute PDG ids; unless others are given, those that all of pyjetsim leaves out.
  std::vector<std::int32_t> ids = {invisible_pids().begin(), invisible_pids().end()};
};

}  // namespace pyjetsim::framework
