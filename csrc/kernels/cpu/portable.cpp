// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/portable_lanes.h"
//
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> portable_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> portable_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
