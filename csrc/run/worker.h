// The work of a thread: from the text of events to pairs of jets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/bytes.h"
#include "io/hepmc.h"
#include "io/jets_file.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"
#include "run/run.h"

namespace pyjetsim {

// --- The gen jets of several events, side by side.

struct GenJets {
  struct Event {
    std::int64_t number;
    std::size_t jets;
    bool borrowed_units;
    std::vector<double> weights;
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

// --- Pairs of gen and simulated jets as rows of a jets.h5.

// Takes the memory for so many pairs at once: by growing it would take twice as much.
void reserve(std::size_t rows, std::size_t room, PairTable& pairs);

// Adds the pair of gen jet `jet`, of event number `event`, and its simulation, with room for so many constituents of
// each. The copy is left to the caller.
void append_pair(const GenJets& gen, std::size_t jet, std::int64_t event, const SimulatedJets& reco, std::size_t room,
                 PairTable& pairs);

// --- From the text of events to pairs of jets: what each thread does.

// Events that follow each other, always the same ones together: what a model answers may depend in its last bits on
// what is simulated beside it.
struct Batch {
  std::vector<EventText> texts;
  std::optional<BrokenError> broken;  // why nothing follows, if not because the source ends
  std::exception_ptr error;           // of reading, and nothing is left to do
};

struct Answer {
  struct Event {
    std::int64_t number;
    bool borrowed_units;
  };

  PairTable pairs;
  Counts counts;
  Times times;
  std::vector<Event> events;
  HardestJets hardest;  // where no jet has passed the cuts
  std::optional<BrokenError> broken;
  std::exception_ptr error;
  bool interrupted = false;  // before all copies were made
};

// How many jets of an event number there were: some generators use one twice, and its jets must not share their noise.
using JetsOfEvents = std::unordered_map<std::int64_t, std::uint64_t>;

// The constituents that are stored of a jet.
std::size_t stored_constituents(const JetSimulator& simulator);

// The three steps of a batch, in this order. One for each thread; `simulator` and `options` must outlive it.
class EventWorker {
 public:
  EventWorker(const JetSimulator& simulator, const RunOptions& options);

  // Reads the events up to a broken one and clusters them.
  void cluster(const Batch& batch, Answer& answer);
  // Gives each jet its place among those of its event's number. To be called for the batches in their order.
  void number(JetsOfEvents& known);
  void simulate(Answer& answer);

 private:
  void cluster_event(const EventText& text, Stopwatch& watch, Answer& answer);
  void find_hardest(HardestJets& hardest);
  void simulate_copy(std::size_t copy);

  const JetSimulator& simulator_;
  const RunOptions& options_;
  JetDefinition definition_;
  EventParser parser_;
  Particles particles_;
  ClusteredJets clustered_;
  bool has_jets_ = false;  // that pass the cuts
  GenJets gen_;
  std::vector<std::uint64_t> first_place_;  // of each event's jets
  std::vector<JetId> ids_;
  std::vector<SimulatedJets> reco_;  // one for each copy
};

}  // namespace pyjetsim
