// ONNX Runtime's CUDA provider.
#pragma once

#include <string>

#include "simulator/onnxruntime/library.h"

namespace pyjetsim::onnxruntime {

// The number of the GPU that `device` names, "cuda" or "cuda:N"; -1 for "cpu". Throws Error for another name.
int gpu_of(const std::string& device);

// Lets sessions with these options run on that GPU. Throws Error where this ONNX Runtime has no CUDA provider, or the
// provider cannot use the GPU.
void run_on_gpu(const OnnxRuntimeLibrary& library, OrtSessionOptions& options, int gpu);

// The error of a GPU that cannot be used.
[[noreturn]] void gpu_unusable(const OnnxRuntimeLibrary& library, int gpu, const std::string& problem);

}  // namespace pyjetsim::onnxruntime
