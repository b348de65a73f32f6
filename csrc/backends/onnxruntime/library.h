// ONNX Runtime's library, loaded when it is first needed: nothing links to it.
#pragma once

#include <memory>
#include <string>

#include "backends/onnxruntime/api.h"
#include "pyjetsim/export.h"

namespace pyjetsim {

struct OnnxRuntimeLibrary {
  const OrtApi* api;
  std::string description;  // name, version and file
};

// Takes the first there is of
//   1. the file `path`, if it is not empty;
//   2. the file that the environment variable PYJETSIM_ONNXRUNTIME names;
//   3. the copy that the process has loaded already;
//   4. the one in the Python package onnxruntime: in a folder beside or above this library, or that was named to
//      look_for_onnxruntime_in;
//   5. libonnxruntime.so.1 of the system.
// A file that is named and cannot be used is an Error: nothing is tried in its place. Once loaded it stays.
OnnxRuntimeLibrary load_onnxruntime(const std::string& path);

// The library may be in this folder, too: where Python found its package.
PYJETSIM_EXPORT void look_for_onnxruntime_in(const std::string& folder);

}  // namespace pyjetsim

namespace pyjetsim::onnxruntime {

// --- ONNX Runtime's objects, released when they go out of scope, and its errors as text.

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
