// From HepMC events to a jets.h5 with their simulation.
#pragma once

#include <string>
#include <vector>

#include "apps/options.h"
#include "apps/summary.h"

namespace pyjetsim {

struct RunResult {
  Summary summary;
  std::vector<std::string> warnings;  // what is unusual about the source, though harmless
  std::string stopped;                // why the output holds only the events before; empty where it holds all
};

// Throws Error where there is nothing to write, and leaves no output then. A file that is cut, and SIGINT, end the
// output after the last good event.
RunResult run(const RunOptions& options);

}  // namespace pyjetsim
