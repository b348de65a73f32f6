// Models in libtorch, run by libpyjetsim_torchscript, which is loaded when it is first needed: nothing links to it.
#pragma once

#include "simulator/backend.h"

namespace pyjetsim {

// Takes the file `config.library` or, where that is empty, the library beside this one. Throws Error for a library that
// is not there, cannot be loaded, or is of another pyjetsim: nothing is tried in its place. Once loaded it stays.
std::unique_ptr<const Backend> make_torchscript(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config);

}  // namespace pyjetsim
