// Libraries that Python packages brought into the environment this program was installed in.
#pragma once

#include <string>

namespace pyjetsim {

// ONNX Runtime's, unless the environment names another; empty where there is none.
std::string packaged_onnxruntime();

}  // namespace pyjetsim
