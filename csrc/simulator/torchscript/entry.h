// What libpyjetsim_torchscript shows to the simulator that loads it.
#pragma once

#include "simulator/backend.h"

namespace pyjetsim {

struct TorchscriptEntry {
  const char* version;  // of pyjetsim: what the two libraries hand to each other has this version's layout
  MakeBackend make;
};

// A C function, so that it is found by this name.
using GetTorchscriptEntry = const TorchscriptEntry* (*)() noexcept;
inline constexpr const char* kGetTorchscriptEntry = "pyjetsim_torchscript_entry";

}  // namespace pyjetsim
