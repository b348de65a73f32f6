// Opening a model with ONNX Runtime: its tensors, its weights, and the GPU it may run on.
#pragma once

#include <string>
#include <string_view>

#include "backends/onnxruntime/api.h"
#include "backends/onnxruntime/library.h"
#include "bundle/manifest.h"

namespace pyjetsim::onnxruntime {

// ONNX Runtime's word for an element type, and the bytes of a number.
ONNXTensorElementDataType type_of(ElementType type);
std::size_t size_of(ElementType type);

// --- What a model takes and gives, held to the manifest.

// Throws Error where names, types or shapes differ; `path` is the model's, for messages.
void check_tensors(const OrtApi& api, const OrtSession& session, const Manifest& manifest, const std::string& path);

// --- ONNX Runtime's CUDA provider.

// The number of the GPU that `device` names, "cuda" or "cuda:N"; -1 for "cpu". Throws Error for another name.
int gpu_of(const std::string& device);

// Lets sessions with these options run on the GPU that `device` names. Throws Error where this ONNX Runtime has no CUDA
// provider, or the provider cannot use the GPU.
void run_on_gpu(const OnnxRuntimeLibrary& library, OrtSessionOptions& options, const std::string& device);

// The error of a GPU that cannot be used.
[[noreturn]] void gpu_unusable(const OnnxRuntimeLibrary& library, const std::string& device,
                               const std::string& problem);

// --- Weights that an ONNX model keeps in other files.

// Throws Error where a tensor of the model, at any depth, is in another file: the path may lead anywhere, and the file
// is in no list of hashes. What is no ONNX model passes: ONNX Runtime tells what is wrong with it.
void refuse_external_data(std::string_view model, const std::string& path);

}  // namespace pyjetsim::onnxruntime
