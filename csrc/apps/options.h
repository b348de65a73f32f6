// The command line of pyjetsim-run.
#pragma once

#include <cstdint>
#include <string>

namespace pyjetsim {

struct RunOptions {
  std::string source, bundle = "cells", output;
  std::uint64_t seed = 1;
  int threads = 1;
  int oversample = 1;  // reco jets for each gen jet
  double gen_pt_min = 100, gen_eta_max = 3;
  std::string backend = "onnxruntime";
  std::string device = "cpu";
  std::string library;         // of the backend; empty: found by its own rules
  std::string json;            // also write the summary here
  bool number_events = false;  // by their place in the source
  bool quiet = false;
  bool help = false, version = false;  // print and end
};

// Throws Error for what cannot be understood.
RunOptions parse_options(int count, const char* const* arguments);

extern const char* const kHelp;

}  // namespace pyjetsim
