// From the text of events to pairs of jets: what each thread does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/gen_jets.h"
#include "apps/options.h"
#include "apps/stopwatch.h"
#include "apps/summary.h"
#include "io/broken.h"
#include "io/event_parser.h"
#include "io/event_reader.h"
#include "io/pair_table.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// Events that follow each other, always the same ones together: what a model answers may depend in its last bits on
// what is simulated beside it.
struct Batch {
  std::vector<EventText> texts;
  std::optional<BrokenError> broken;  // why nothing follows, if not because the source ends
  std::exception_ptr error;           // of reading, and nothing is left to do
};

struct Answer {
  PairTable pairs;
  Counts counts;
  Times times;
  std::optional<std::int64_t> last_event;
  std::optional<BrokenError> broken;
  std::exception_ptr error;
};

// How many jets of an event number there were: some generators use one twice, and its jets must not share their noise.
struct JetsOfEvents {
  std::unordered_map<std::int64_t, std::uint64_t> jets;  // of those with jets
  EventNumbers numbers;
  BorrowedUnits units;
};

// Particles beyond are not clustered.
constexpr double kParticleEtaMax = 5;

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
  void cluster_event(const EventText& text, Stopwatch& watch, Times& times);
  void simulate_copy(std::size_t copy);

  const JetSimulator& simulator_;
  const RunOptions& options_;
  JetDefinition definition_;
  EventParser parser_;
  Particles particles_;
  ClusteredJets clustered_;
  GenJets gen_;
  std::vector<std::uint64_t> first_place_;  // of each event's jets
  std::vector<JetId> ids_;
  std::vector<SimulatedJets> reco_;  // one for each copy
};

}  // namespace pyjetsim
