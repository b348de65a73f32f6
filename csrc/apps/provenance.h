// How an output was made, as it stands in the jets.h5.
#pragma once

#include <string>

#include "apps/options.h"
#include "apps/summary.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// A JSON object without times, so that the same command gives the same file. `format`: of the events.
std::string provenance(const RunOptions& options, const JetSimulator& simulator, const Summary& summary,
                       const std::string& format);

}  // namespace pyjetsim
