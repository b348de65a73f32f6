// manifest.json: what a bundle's model takes and gives, and how to tell that the bundle is whole.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "pyjetsim/export.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {

struct Range {
  double low, high;
};

struct Manifest {
  // Of the graph's tensors. No name: the graph has no such tensor.
  std::string constituents_name, noise_name, pid_name, output_name, output_pid_name;
  std::size_t max_constituents;         // P
  std::size_t max_output_constituents;  // P of the output
  std::size_t noise_size;               // Z
  double radius;                        // of the anti-kt jets trained on
  ConstituentCuts cuts;                 // on the output

  // Of the gen jets trained on.
  Range pt, eta, n_constituents;

  // Outputs agree where |difference| <= absolute + relative * the jet's largest |component|.
  double absolute, relative;

  bool uses_pids() const { return !pid_name.empty(); }
  bool tells_pids() const { return !output_pid_name.empty(); }

  std::map<std::string, std::string> files;  // SHA-256 by name
  std::string json;                          // the whole text
};

// Reads the text of a manifest; `path` is for messages. Throws Error for damage, another format or version, fields that
// are not known, and what cannot be: what pyjetsim/bundle/manifest.schema.json says, and that limits are in order, that
// shapes fit each other, and that no name is there twice.
PYJETSIM_EXPORT Manifest parse_manifest(const std::string& text, const std::string& path);

}  // namespace pyjetsim
