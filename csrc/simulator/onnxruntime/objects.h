// ONNX Runtime's objects, released when they go out of scope, and its errors as text.
#pragma once

#include <memory>
#include <string>

#include "simulator/onnxruntime/api.h"

namespace pyjetsim::onnxruntime {

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// What went wrong, in one line; empty where nothing did. Releases the status.
inline std::string problem_of(const OrtApi& api, OrtStatus* status) {
  if (status == nullptr) return {};
  const Owned<OrtStatus> owned(status, api.ReleaseStatus);
  const std::string message = api.GetErrorMessage(status);
  const std::string line = message.substr(0, message.find_first_of("\r\n"));
  return line.empty() ? "unknown problem" : line;
}

}  // namespace pyjetsim::onnxruntime
