// Models in ONNX Runtime.
#pragma once

#include "backends/backend.h"

namespace pyjetsim {

std::unique_ptr<const Backend> make_onnxruntime(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config);

}  // namespace pyjetsim
