// Compiled for AVX-512.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/avx512_lanes.h"
//
#include "backends/native/variables/model.h"

namespace pyjetsim::native {

extern const SimulateVariables avx512_variables = simulate_variables<FloatLanes>;

}  // namespace pyjetsim::native
