// Compiled for AVX2 and fused multiply-add.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/avx2_lanes.h"
//
#include "backends/native/cells/model.h"

namespace pyjetsim::native {

extern const SimulateJet avx2_cells = simulate<FloatLanes>;

}  // namespace pyjetsim::native
