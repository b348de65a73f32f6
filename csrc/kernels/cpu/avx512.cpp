// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/avx512_lanes.h"
//
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> avx512_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> avx512_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
