// The backend "torchscript" is a library of its own, libpyjetsim_torchscript, which the simulator loads when it is
// first needed: nothing links to it.
#pragma once

#include "backends/backend.h"

namespace pyjetsim {

// --- What libpyjetsim_torchscript shows to the simulator that loads it.

struct TorchscriptEntry {
  const char* version;  // of pyjetsim: what the two libraries hand to each other has this version's layout
  MakeBackend make;
};

// A C function, so that it is found by this name.
using GetTorchscriptEntry = const TorchscriptEntry* (*)() noexcept;
inline constexpr const char* kGetTorchscriptEntry = "pyjetsim_torchscript_entry";

// --- Models in libtorch, run by libpyjetsim_torchscript, which is loaded when it is first needed: nothing links to it.

// Takes the file `config.library` or, where that is empty, the library beside this one. Throws Error for a library that
// is not there, cannot be loaded, or is of another pyjetsim: nothing is tried in its place. Once loaded it stays.
std::unique_ptr<const Backend> make_torchscript(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config);

}  // namespace pyjetsim
