// Starts the kinematics kernels on a CUDA stream (a cudaStream_t) of the current device, and does not wait for them.
// For float and double. Throws pyjetsim::Error where a kernel does not start, or in a build without them.
#pragma once

#include "kernels/kinematics/batch.h"

namespace pyjetsim::cuda {

template <typename T>
void launch_kinematics(const KinematicsBatch<T>& batch, void* stream);

template <typename T>
void launch_kinematics_gradient(const KinematicsGradient<T>& batch, void* stream);

}  // namespace pyjetsim::cuda
