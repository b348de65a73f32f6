// Jet kinematics as torch ops.
#pragma once

#include "kernels/kinematics/kinematics.h"
#include "torch_ops/tensors.h"

namespace pyjetsim::torch_ops {

template <typename Device>
Tensor jet_kinematics(const Tensor& constituents, const OptionalTensor& mask) {
  check_points("constituents", constituents, 3);
  check_mask("mask", mask, constituents);
  const Tensor rows = packed(constituents);
  const OptionalTensor masked = packed(mask);
  Tensor kinematics = torch::stable::new_empty(constituents, {constituents.size(0), kKinematicsColumns});
  by_type(constituents, [&](auto number) {
    using T = decltype(number);
    Device(constituents)
        .run(KinematicsBatch<T>{constituents.size(0), constituents.size(1), read<T>(rows), read_mask(masked),
                                write<T>(kinematics)});
  });
  return kinematics;
}

template <typename Device>
Tensor jet_kinematics_backward(const Tensor& grad_kinematics, const Tensor& constituents, const OptionalTensor& mask,
                               const Tensor& kinematics) {
  check_points("constituents", constituents, 3);
  check_mask("mask", mask, constituents);
  check_shape("grad_kinematics", grad_kinematics, {constituents.size(0), kKinematicsColumns}, constituents);
  check_shape("kinematics", kinematics, {constituents.size(0), kKinematicsColumns}, constituents);
  const Tensor grad = packed(grad_kinematics), rows = packed(constituents), values = packed(kinematics);
  const OptionalTensor masked = packed(mask);
  Tensor gradient = torch::stable::new_empty(constituents, constituents.sizes());
  by_type(constituents, [&](auto number) {
    using T = decltype(number);
    Device(constituents)
        .run(KinematicsGradient<T>{constituents.size(0), constituents.size(1), read<T>(rows), read_mask(masked),
                                   read<T>(values), read<T>(grad), write<T>(gradient)});
  });
  return gradient;
}

}  // namespace pyjetsim::torch_ops
