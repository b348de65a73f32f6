// What no detector sees: a record of the event setup.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "pyjetsim/jets.h"

namespace pyjetsim::framework {

struct InvisibleParticles {
  // Absolute PDG ids; unless others are given, those that all of pyjetsim leaves out.
  std::vector<std::int32_t> ids = {invisible_pids().begin(), invisible_pids().end()};

  bool contain(int pid) const { return std::find(ids.begin(), ids.end(), std::abs(pid)) != ids.end(); }
};

}  // namespace pyjetsim::framework
