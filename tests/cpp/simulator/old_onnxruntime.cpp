// Stands in for an ONNX Runtime from before the interface that is asked for.
#include "backends/onnxruntime/c_abi.h"

namespace {

const OrtApi* no_such_version(uint32_t) noexcept { return nullptr; }
const char* version() noexcept { return "1.9.0"; }
const OrtApiBase kBase{&no_such_version, &version};

}  // namespace

extern "C" __attribute__((visibility("default"))) const OrtApiBase* OrtGetApiBase() noexcept { return &kBase; }
