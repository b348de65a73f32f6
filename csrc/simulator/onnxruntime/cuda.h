// ONNX Runtime's CUDA provider.
#pragma once

#include <string>

#include "simulator/onnxruntime/library.h"

namespace pyjetsim::onnxruntime {

// The number of the GPU that `device` names, "cuda" or "cuda:N"; -1 for "cpu". Throws Error for another name.
int gpu_of(const std::string& device);

// Lets sessions with these options run on the GPU that `device` names. Throws Error where this ONNX Runtime has no CUDA
// provider, or the provider cannot use the GPU.
void run_on_gpu(const OnnxRuntimeLibrary& library, OrtSessionOptions& options, const std::string& device);

// The error of a GPU that cannot be used.
[[noreturn]] void gpu_unusable(const OnnxRuntimeLibrary& library, const std::string& device,
                               const std::string& problem);

}  // namespace pyjetsim::onnxruntime
