// Which set of instructions the kernels run with: the best that this processor has, chosen once, at run time.
#pragma once

#include <string>
#include <vector>

#include "kernels/cpu/kernels.h"

namespace pyjetsim {

// Those that this processor can run, best first.
const std::vector<const CpuPath*>& cpu_paths();

const CpuPath& current_cpu_path();

// For tests and measurements: takes one path by name, for every thread. Throws Error where it cannot run.
void use_cpu_path(const std::string& name);

}  // namespace pyjetsim
