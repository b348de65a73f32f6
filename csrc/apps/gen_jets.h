// The gen jets of several events, side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/event_parser.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

struct GenJets {
  struct Event {
    std::int64_t number;
    std::size_t jets;
    bool borrowed_units;
  };

  std::vector<Event> events;
  std::vector<ClusteredJet> jets;    // first and count are those of the constituents here
  std::vector<float> momenta;        // px, py, pz in GeV of each constituent, hardest first
  std::vector<std::int32_t> pid;     // of each constituent
  std::vector<std::size_t> offsets;  // constituents before each jet, and all

  void clear();
  void append(const Particles& particles, const ClusteredJets& clustered);
  JetsView view() const { return {momenta, offsets, pid}; }
};

}  // namespace pyjetsim
