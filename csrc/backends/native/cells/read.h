// The model "cells" from native.bin.
#pragma once

#include <memory>

#include "backends/native/cells/cells.h"
#include "backends/native/file.h"

namespace pyjetsim::native {

// A model, and what it points to. Throws Error for settings and tensors that do not fit each other.
std::shared_ptr<const Cells> read_cells(const File& file);

}  // namespace pyjetsim::native
