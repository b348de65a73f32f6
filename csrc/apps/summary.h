// What a run did, and how long it took.
#pragma once

#include <cstddef>
#include <string>

namespace pyjetsim {

struct Counts {
  std::size_t events = 0;
  std::size_t jets = 0;            // reco jets
  std::size_t truncated = 0;       // gen jets of which the model saw only the hardest constituents
  std::size_t outside_domain = 0;  // gen jets unlike those the model was trained on
  std::size_t empty = 0;           // reco jets without constituents

  Counts& operator+=(const Counts& other);
};

// Seconds of processor time, of all threads together.
struct Times {
  double reading = 0, clustering = 0, inference = 0, writing = 0;

  Times& operator+=(const Times& other);
};

struct Summary {
  std::string output;
  std::string backend;  // name and version of what ran the model
  int threads = 1;
  int oversample = 1;
  Counts counts;
  Times times;
  double seconds = 0;     // by the clock
  bool complete = false;  // the source was simulated to its end
};

// Three lines for a reader.
std::string text(const Summary& summary);
// The same as a JSON object.
std::string json(const Summary& summary);

}  // namespace pyjetsim
