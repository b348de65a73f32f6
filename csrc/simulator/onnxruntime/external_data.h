// Weights that an ONNX model keeps in other files.
#pragma once

#include <string>
#include <string_view>

namespace pyjetsim::onnxruntime {

// Throws Error where a tensor of the model, at any depth, is in another file: the path may lead anywhere, and the file
// is in no list of hashes. What is no ONNX model passes: ONNX Runtime tells what is wrong with it.
void refuse_external_data(std::string_view model, const std::string& path);

}  // namespace pyjetsim::onnxruntime
