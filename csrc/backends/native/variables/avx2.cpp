// Compiled for AVX2.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/avx2_lanes.h"
//
#include "backends/native/variables/model.h"

namespace pyjetsim::native {

extern const SimulateVariables avx2_variables = simulate_variables<FloatLanes>;

}  // namespace pyjetsim::native
