// Golden rows: inputs with the outputs that every loader must reproduce.
#pragma once

#include "backends/backend.h"
#include "bundle/files.h"

namespace pyjetsim {

// Runs the golden rows of a bundle. Throws Error where they are damaged or an output differs by more than the manifest
// allows.
void replay_golden(const Backend& backend, const Bundle& bundle);

}  // namespace pyjetsim
