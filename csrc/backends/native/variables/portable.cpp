// For every processor.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/portable_lanes.h"
//
#include "backends/native/variables/model.h"

namespace pyjetsim::native {

extern const SimulateVariables portable_variables = simulate_variables<FloatLanes>;

}  // namespace pyjetsim::native
