// Compiled for AVX-512.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/avx512_lanes.h"
//
#include "backends/native/cells/model.h"

namespace pyjetsim::native {

extern const SimulateJet avx512_cells = simulate<FloatLanes>;

}  // namespace pyjetsim::native
