#define PYJETSIM_FLAVOUR avx2
#include "kernels/cpu/lanes/avx2.h"
// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> avx2_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> avx2_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
