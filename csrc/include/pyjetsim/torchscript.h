/// \file
/// The backend "torchscript", for programs that link pyjetsim::torchscript.
///
/// JetSimulator::load finds that library by itself where it lies beside the simulator's, as it does when both are
/// installed. This header is for programs that link it statically or from another folder.
///
///     pyjetsim::enable_torchscript();
///     pyjetsim::SimulatorOptions options;
///     options.backend = "torchscript";
///     const auto simulator = pyjetsim::JetSimulator::load("bundle", options);
#pragma once

#include "pyjetsim/export.h"

namespace pyjetsim {

/// Uses the linked library for model.pt, from the next JetSimulator::load on.
///
/// SimulatorOptions::library must be empty then. libtorch is the one that the program has linked: load throws Error
/// where it is of another version than pyjetsim::torchscript was compiled against.
PYJETSIM_EXPORT void enable_torchscript();

}  // namespace pyjetsim
