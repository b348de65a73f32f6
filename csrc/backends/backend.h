// What runs a bundle's model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/graph.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

struct Bundle;
struct Manifest;

// A tensor's name, element type and shape of a row; and its numbers, row-major.
struct InputTensor {
  const TensorInfo* info;
  const void* data;
};
struct OutputTensor {
  const TensorInfo* info;
  void* data;  // where the answer is written
};

// Memory for the numbers of a tensor of any element type; the vectors of other types are empty.
struct TensorNumbers {
  std::vector<float> floats;
  std::vector<std::int32_t> int32s;
  std::vector<std::int64_t> int64s;

  void resize(ElementType type, std::size_t size) {
    floats.resize(type == ElementType::kFloat32 ? size : 0);
    int32s.resize(type == ElementType::kInt32 ? size : 0);
    int64s.resize(type == ElementType::kInt64 ? size : 0);
  }
  void* data(ElementType type) {
    if (type == ElementType::kInt32) return int32s.data();
    if (type == ElementType::kInt64) return int64s.data();
    return floats.data();
  }
};

// The most inputs, and the most outputs, that a manifest may name: a call needs no memory of its own for them.
inline constexpr std::size_t kMostTensors = 32;

// Runs a model on batches of rows. Safe to call from several threads at once: one model is shared by all. A call works
// in the thread that makes it and in no other.
class PYJETSIM_EXPORT Backend {
 public:
  struct Config {
    std::string library;         // its file; empty: found by the backend's own rules
    std::string device = "cpu";  // "cpu", "cuda" or "cuda:N"
  };

  Backend() = default;
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Runs at least one row. `inputs` and `outputs`: every tensor of the manifest, in its order. Throws Error.
  virtual void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const = 0;

  // Rows in one inference: all jets of any event, and of large batches so many that they stay in a processor's cache.
  virtual std::size_t rows_at_once() const { return 64; }

  // Which it is, and in which version: for messages and provenance.
  virtual std::string description() const = 0;
};

// Makes a backend of a model whose bytes are known to be whole; `path` is for messages.
using MakeBackend = std::unique_ptr<const Backend> (*)(const std::string& model, const std::string& path,
                                                       const Manifest& manifest, const Backend::Config& config);

// Instead of a name: "native" where the bundle has its file and the configuration names neither a library nor a device
// of another, "onnxruntime" otherwise.
inline constexpr const char* kAutomatic = "auto";

// Backends by name. "native", "onnxruntime" and "torchscript" are there; programs add theirs.
// `file` is the model's name in a bundle. A backend of the same name is replaced.
PYJETSIM_EXPORT void register_backend(const std::string& name, const std::string& file, MakeBackend make);

// The backend of that name, for this bundle. Throws Error for a name that is not registered, a bundle without a model
// for it, and whatever `make` finds.
std::unique_ptr<const Backend> make_backend(const std::string& name, const Bundle& bundle,
                                            const Backend::Config& config);

}  // namespace pyjetsim
