// The CUDA kernels as the host starts them: on a CUDA stream (a cudaStream_t) of the current device, without waiting
// for them. For float and double. Each throws pyjetsim::Error where a kernel does not start, or in a build without
// them.
#pragma once

#include "kernels/chamfer/chamfer.h"
#include "kernels/kinematics/kinematics.h"
#include "kernels/reconstruction_loss/batch.h"

namespace pyjetsim::cuda {

// Whether the CUDA kernels are in this build. Where they are not, every launch throws.
bool built();

// What every launch does in a build without CUDA kernels: throws pyjetsim::Error.
[[noreturn]] void throw_not_built();

template <typename T>
void launch_chamfer(const ChamferBatch<T>& batch, void* stream);

template <typename T>
void launch_chamfer_gradient(const ChamferGradient<T>& batch, void* stream);

template <typename T>
void launch_kinematics(const KinematicsBatch<T>& batch, void* stream);

template <typename T>
void launch_kinematics_gradient(const KinematicsGradient<T>& batch, void* stream);

template <typename T>
void launch_reconstruction_loss(const LossBatch<T>& batch, void* stream);

template <typename T>
void launch_reconstruction_loss_gradient(const LossGradient<T>& batch, void* stream);

}  // namespace pyjetsim::cuda
