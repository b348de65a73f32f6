// The model "variables_flow" from native.bin.
#pragma once

#include <memory>

#include "backends/native/file.h"
#include "backends/native/variables/variables.h"

namespace pyjetsim::native {

// A model, and what it points to. Throws Error for settings and tensors that do not fit each other.
std::shared_ptr<const Variables> read_variables(const File& file);

}  // namespace pyjetsim::native
