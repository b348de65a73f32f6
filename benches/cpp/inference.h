// Events of so many jets through the simulator and through ONNX Runtime alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bare_session.h"
#include "pyjetsim/simulator.h"
#include "server.h"

namespace benches {

// Jets from a folder: momenta.f32 and offsets.u64 as a JetsView has them, and the same as the model takes them in
// inputs.f32 (N, P, 3).
struct JetSample {
  std::vector<float> momenta, inputs;
  std::vector<std::size_t> offsets;

  std::size_t size() const { return offsets.size() - 1; }
};
JetSample read_jets(const std::string& folder);

// The jets in events of `jets` each. An event's number is its place.
class Inference {
 public:
  // `noise` is what the simulator draws for the same jets: N rows.
  Inference(const pyjetsim::JetSimulator& simulator, const BareSession& bare, const Shapes& shapes,
            const JetSample& sample, std::vector<float> noise, std::size_t jets);

  // Seconds an event. `threads` at once do the same, each all events `passes` times.
  double simulate();
  double simulate_in_threads(int threads, int passes) const;
  double run_bare();

  // Writes what both answer: counts.i64 and simulated.f32, bare.f32 (N, P, 3), each with `prefix`.
  void write_answers(const std::string& prefix);

 private:
  void simulate_all(pyjetsim::SimulatedJets& output) const;
  pyjetsim::JetsView event(std::size_t number) const;

  const pyjetsim::JetSimulator& simulator_;
  const BareSession& bare_;
  JetSample sample_;
  std::vector<float> noise_, output_;
  std::size_t jets_, events_;
  std::vector<std::size_t> offsets_;  // of each event's jets, from 0
  std::vector<BareSession::Call> calls_;
  pyjetsim::SimulatedJets simulated_;
};

// All jets in one call, each an event of its own: seconds a jet.
Sample batched(const pyjetsim::JetSimulator& simulator, const JetSample& sample);

}  // namespace benches
