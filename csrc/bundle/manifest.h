// manifest.json: what a bundle's model takes and gives, and how to tell that the bundle is whole.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/graph.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {

struct Range {
  double low, high;
};

// The dimensions of a tensor beside the batch, at most.
inline constexpr std::size_t kMostDimensions = 7;

// The task of JetSimulator, which versions 1 and 2 are all of.
inline constexpr const char* kConstituentsTask = "constituents";

struct Manifest {
  int version = 0;
  std::string task;
  // Every tensor of the graph, in its order. Of the task "constituents": constituents (P, 3), noise (Z) and perhaps pid
  // (P); and reco constituents (P of the output, 3) and perhaps their pid.
  std::vector<TensorInfo> inputs, outputs;

  // Outputs agree where |difference| <= absolute + relative * the largest |component| of a row of the tensor.
  double absolute = 0, relative = 0;

  std::map<std::string, std::string> files;  // SHA-256 by name
  std::string json;                          // the whole text

  // Of the task "constituents" alone.
  std::size_t max_constituents = 0;         // P
  std::size_t max_output_constituents = 0;  // P of the output
  std::size_t noise_size = 0;               // Z
  double radius = 0;                        // of the anti-kt jets trained on
  ConstituentCuts cuts;                     // on the output
  Range pt{}, eta{}, n_constituents{};      // of the gen jets trained on

  bool takes_pids() const { return inputs.size() == 3; }
  bool gives_pids() const { return outputs.size() == 2; }
};

// Reads the text of a manifest; `path` is for messages. Throws Error for damage, another format or version, fields that
// are not known, and what cannot be: what pyjetsim/bundle/manifest.schema.json says, and that limits are in order, that
// shapes fit each other, and that no name is there twice.
PYJETSIM_EXPORT Manifest parse_manifest(const std::string& text, const std::string& path);

}  // namespace pyjetsim
