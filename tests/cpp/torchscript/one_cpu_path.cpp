// The kernels of one set of instructions: to compile the others takes longer than these tests.
#include "kernels/cpu/paths.h"

namespace pyjetsim {

extern const CpuKernels<float> portable_float;
extern const CpuKernels<double> portable_double;

const CpuPath& current_cpu_path() {
  static const CpuPath path{"portable", portable_float, portable_double};
  return path;
}

}  // namespace pyjetsim
