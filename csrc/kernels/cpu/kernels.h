// Every kernel of one set of instructions. Each works on jets `begin` to `end` of a batch, in the calling thread.
#pragma once

#include <cstdint>

#include "kernels/chamfer/chamfer.h"
#include "kernels/kinematics/kinematics.h"
#include "kernels/reconstruction_loss/batch.h"
#include "kernels/spline/batch.h"

namespace pyjetsim {

template <typename T>
struct CpuKernels {
  template <typename Batch>
  using Kernel = void (*)(const Batch&, std::int64_t begin, std::int64_t end);

  Kernel<ChamferBatch<T>> chamfer;
  Kernel<ChamferGradient<T>> chamfer_backward;
  Kernel<KinematicsBatch<T>> kinematics;
  Kernel<KinematicsGradient<T>> kinematics_backward;
  Kernel<LossBatch<T>> loss;
  Kernel<LossGradient<T>> loss_backward;
  Kernel<SplineBatch<T>> spline;
  Kernel<SplineBatch<T>> spline_inverse;
  Kernel<SplineGradient<T>> spline_backward;
};

struct CpuPath {
  const char* name;
  CpuKernels<float> for_float;
  CpuKernels<double> for_double;

  template <typename T>
  const CpuKernels<T>& kernels() const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return for_float;
    } else {
      return for_double;
    }
  }
};

}  // namespace pyjetsim
