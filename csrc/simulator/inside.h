// What Python needs of a simulator beyond its public interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "pyjetsim/export.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// The model of a loaded bundle, answering as it stands, before cuts and sorting: for those who verify it. `inputs` and
// `outputs`: the numbers of each tensor of `rows` jets, in the manifest's order. Throws Error.
PYJETSIM_EXPORT void run_model(const JetSimulator& simulator, std::size_t rows, Span<const void* const> inputs,
                               Span<void* const> outputs);

// As JetSimulator::simulate. The calling thread calls `between` before each of its blocks of jets but the first; what
// that throws ends the simulation.
PYJETSIM_EXPORT void simulate_in_blocks(const JetSimulator& simulator, std::uint64_t seed, Span<const JetId> ids,
                                        const JetsView& gen, SimulatedJets& output,
                                        const std::function<void()>& between);

}  // namespace pyjetsim
