// What every processor has.
// The lanes come first: the model finds their operations by them.
#include "kernels/cpu/portable_lanes.h"
//
#include "backends/native/cells/model.h"

namespace pyjetsim::native {

extern const SimulateJet portable_cells = simulate<FloatLanes>;

}  // namespace pyjetsim::native
