// A model in ONNX Runtime by its C API alone: what nobody who calls it can be faster than.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/onnxruntime/c_abi.h"

namespace benches {

// Of a bundle's model, with the names that `pyjetsim export` gives its inputs and its output.
struct Shapes {
  std::int64_t constituents, noise;  // rows of a jet, numbers of noise
};

class BareSession {
 public:
  // Left open until the program ends, as are the values below.
  BareSession(const std::string& library, const std::string& model, const Shapes& shapes, int threads);

  // The tensors of one call, made beforehand: a call is Run and nothing else.
  struct Call {
    OrtValue *constituents, *noise, *output;
  };
  Call prepare(float* constituents, float* noise, float* output, std::size_t jets) const;

  void run(const Call& call) const;

 private:
  OrtValue* tensor(float* numbers, std::vector<std::int64_t> shape) const;
  void check(OrtStatus* status) const;

  const OrtApi* api_;
  Shapes shapes_;
  OrtEnv* env_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  OrtSession* session_ = nullptr;
};

}  // namespace benches
