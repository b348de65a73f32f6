// The visible stable particles of a HepMC3 event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pyjetsim/jets.h"

namespace pyjetsim {

// Of one event: the particles of status 1 that a detector can see.
struct Particles {
  std::int64_t event = 0;         // its number
  std::vector<double> momenta;    // px, py, pz in GeV, three numbers a particle
  std::vector<double> masses;     // GeV
  std::vector<std::int32_t> pid;  // PDG ids

  ParticlesView view() const { return {momenta, masses}; }
};

// Parses events one by one with HepMC3's reader, reusing its memory. One for each thread.
class EventParser {
 public:
  // Particles with |eta| below `eta_max` are kept.
  explicit EventParser(double eta_max);
  ~EventParser();
  EventParser(const EventParser&) = delete;
  EventParser& operator=(const EventParser&) = delete;

  // `text` is that of a whole event, as EventTexts gives it. Throws BrokenError for one that is damaged.
  void parse(const std::string& text, Particles& particles);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pyjetsim
