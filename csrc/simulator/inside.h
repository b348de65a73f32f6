// What Python needs of a simulator beyond its public interface.
#pragma once

#include <cstdint>
#include <functional>

#include "backends/backend.h"
#include "pyjetsim/export.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// The model of a loaded bundle, answering as it stands, before cuts and sorting: for those who verify it. Throws Error.
PYJETSIM_EXPORT void run_model(const JetSimulator& simulator, const GenBatch& gen, const RecoBatch& reco);

// As JetSimulator::simulate. The calling thread calls `between` before each of its blocks of jets but the first; what
// that throws ends the simulation.
PYJETSIM_EXPORT void simulate_in_blocks(const JetSimulator& simulator, std::uint64_t seed, Span<const JetId> ids,
                                        const JetsView& gen, SimulatedJets& output,
                                        const std::function<void()>& between);

}  // namespace pyjetsim
