// Starts the kernels of the reconstruction loss on a CUDA stream (a cudaStream_t) of the current device, and does not
// wait for them. For float and double. Throws pyjetsim::Error where a kernel does not start, or in a build without
// them.
#pragma once

#include "kernels/reconstruction_loss/batch.h"

namespace pyjetsim::cuda {

template <typename T>
void launch_reconstruction_loss(const LossBatch<T>& batch, void* stream);

template <typename T>
void launch_reconstruction_loss_gradient(const LossGradient<T>& batch, void* stream);

}  // namespace pyjetsim::cuda
