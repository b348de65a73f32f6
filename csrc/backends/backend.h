// What runs a bundle's model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "pyjetsim/export.h"

namespace pyjetsim {

struct Bundle;
struct Manifest;

// At least one gen jet, row-major. P and Z are the manifest's.
struct GenBatch {
  std::size_t jets;
  const float* constituents;  // (jets, P, 3) in GeV
  const float* noise;         // (jets, Z)
  const std::int32_t* pids;   // (jets, P) where the model uses them
};

// Where the answer is written.
struct RecoBatch {
  float* constituents;  // (jets, P of the output, 3) in GeV
  std::int32_t* pids;   // (jets, P of the output) where the model tells them
};

// Runs a model on batches of jets. Safe to call from several threads at once: one model is shared by all. A call works
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

  // Throws Error.
  virtual void run(const GenBatch& gen, const RecoBatch& reco) const = 0;

  // Jets in one inference: all of any event, and of large batches so many that they stay in a processor's cache.
  virtual std::size_t jets_at_once() const { return 64; }

  // Which it is, and in which version: for messages and provenance.
  virtual std::string description() const = 0;
};

// Makes a backend of a model whose bytes are known to be whole; `path` is for messages.
using MakeBackend = std::unique_ptr<const Backend> (*)(const std::string& model, const std::string& path,
                                                       const Manifest& manifest, const Backend::Config& config);

// Backends by name. "onnxruntime" and "torchscript" are there; programs add theirs.
// `file` is the model's name in a bundle. A backend of the same name is replaced.
PYJETSIM_EXPORT void register_backend(const std::string& name, const std::string& file, MakeBackend make);

// The backend of that name, for this bundle. Throws Error for a name that nobody registered, a bundle without a model
// for it, and whatever `make` finds.
std::unique_ptr<const Backend> make_backend(const std::string& name, const Bundle& bundle,
                                            const Backend::Config& config);

}  // namespace pyjetsim
