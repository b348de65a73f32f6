// Puts the kernels of the lanes included before it into a table. Included once by the file of each set of instructions.
#pragma once

#include "kernels/chamfer/cpu/backward.h"
#include "kernels/chamfer/cpu/forward.h"
#include "kernels/cpu/kernels.h"
#include "kernels/kinematics/cpu/backward.h"
#include "kernels/reconstruction_loss/cpu/loss.h"
#include "kernels/spline/cpu/spline.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename V>
constexpr CpuKernels<typename V::Number> kernels_of() {
  return {chamfer_forward<V>, chamfer_backward<V>, kinematics_forward<V>, kinematics_backward<V>, loss_forward<V>,
          loss_backward<V>,   spline_forward<V>,   spline_inverse<V>,     spline_backward<V>};
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
