#define PYJETSIM_FLAVOUR sse2
#include "kernels/cpu/lanes/sse2.h"
// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> sse2_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> sse2_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
