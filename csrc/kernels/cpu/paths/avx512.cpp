#define PYJETSIM_FLAVOUR avx512
#include "kernels/cpu/lanes/avx512.h"
// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> avx512_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> avx512_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
