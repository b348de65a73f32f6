// The backend "torchscript": for programs that carry libtorch. In a library of its own, pyjetsim::torchscript.
//
//   pyjetsim::enable_torchscript();
//   pyjetsim::SimulatorOptions options;
//   options.backend = "torchscript";
//   const auto simulator = pyjetsim::JetSimulator::load("bundle", options);
#pragma once

#include "pyjetsim/export.h"

namespace pyjetsim {

// Makes the backend known; to be called before the first JetSimulator::load that asks for it. It runs the bundle's
// model.pt on the CPU. SimulatorOptions::library stays empty: libtorch is the one the library was linked with.
PYJETSIM_EXPORT void enable_torchscript();

}  // namespace pyjetsim
