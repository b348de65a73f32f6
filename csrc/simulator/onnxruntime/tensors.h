// What a model takes and gives, held to the manifest.
#pragma once

#include <string>

#include "simulator/manifest.h"
#include "simulator/onnxruntime/api.h"

namespace pyjetsim::onnxruntime {

// Throws Error where names, types or shapes differ; `path` is the model's, for messages.
void check_tensors(const OrtApi& api, const OrtSession& session, const Manifest& manifest, const std::string& path);

}  // namespace pyjetsim::onnxruntime
