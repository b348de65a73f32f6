// The visible stable particles of a HepMC event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "io/event_texts.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {

// Event numbers that tell jets apart: a jets.h5 has them in 64 bits with a sign, and noise is keyed by them without
// one.
inline constexpr const char* kEventNumbers = "from 0 to 2^63 - 1";
inline constexpr const char* kKnownByNumber = "its jets and their noise are known by it";
inline constexpr const char* kNumberEvents = "number the events by their place in the file, with --number-events";

// Of one event: the particles of status 1 that a detector can see.
struct Particles {
  std::int64_t event = 0;         // its number
  bool borrowed_units = false;    // it has none of its own
  std::vector<double> momenta;    // px, py, pz in GeV, three numbers a particle
  std::vector<double> masses;     // GeV
  std::vector<std::int32_t> pid;  // PDG ids

  ParticlesView view() const { return {momenta, masses}; }
};

// Parses events one by one, reusing its memory. One for each thread. Numbers are read whole or not at all, in no
// locale's way.
class EventParser {
 public:
  // Particles with |eta| below `eta_max` are kept. Events have the numbers of the file, or of their place in it.
  EventParser(double eta_max, bool number_events);

  // Throws BrokenError for an event that is damaged: one that lacks particles, has a number that is none, or names what
  // is not there.
  void parse(const EventText& text, Particles& particles);

 private:
  class Event;
  struct Memory {
    std::vector<char> particles;                    // what is known of each, by its number
    std::vector<char> vertices;                     // the same
    std::vector<std::int64_t> barcodes, end_codes;  // of HepMC2's vertices, and those that its particles name
  };

  Acceptance acceptance_;
  bool number_events_;
  Memory memory_;
};

}  // namespace pyjetsim
