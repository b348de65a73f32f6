// Simulation of jets inside a C++ program, by a bundle of the task "constituents". Momenta are in GeV, in and out.
//
//   const auto simulator = pyjetsim::JetSimulator::load("bundle");
//   pyjetsim::SimulatedJets jets;                          // kept between events: its memory is reused
//   simulator.simulate({run, block, event}, gen, jets);    // all jets of the event in one inference
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/noise.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

// Jets side by side: the constituents of jet j are the rows offsets[j] to offsets[j + 1] of `momenta`.
struct JetsView {
  Span<const float> momenta;        // px, py, pz in GeV, three numbers a constituent, in any order
  Span<const std::size_t> offsets;  // one more than there are jets, rising from 0; empty for no jets
  // PDG id of each constituent, 0 where it is unknown; empty: all unknown. Models that use none ignore them.
  Span<const std::int32_t> pids = {};
};

struct SimulatedJet {
  float pt, eta, phi, mass;  // GeV, of its constituents; all 0 for a jet without
  bool outside_domain;       // the gen jet lies outside the phase space that the model was trained on
  bool truncated;            // the model saw only the hardest constituents of the gen jet
  // How far outside: 0 inside, 1 as far beyond the range of pt, eta or multiplicity trained on as that range is wide,
  // on logarithmic scales for pt and multiplicity.
  float domain_distance = 0;
};

// What a simulation wrote. Every call clears and refills it, and allocates only where it must grow.
class PYJETSIM_EXPORT SimulatedJets {
 public:
  SimulatedJets() noexcept;
  ~SimulatedJets();
  SimulatedJets(SimulatedJets&&) noexcept;
  SimulatedJets& operator=(SimulatedJets&&) noexcept;

  std::size_t size() const { return jets_.size(); }
  const SimulatedJet& operator[](std::size_t jet) const { return jets_[jet]; }
  // px, py, pz of each constituent of a jet, in GeV, hardest first.
  Span<const float> constituents(std::size_t jet) const {
    return {momenta_.data() + 3 * offsets_[jet], 3 * (offsets_[jet + 1] - offsets_[jet])};
  }
  // The PDG id of each of them: of a track the hypothesis, 22 photon, 130 neutral hadron; 0 where the model gives none.
  Span<const std::int32_t> pids(std::size_t jet) const {
    return {pids_.data() + offsets_[jet], offsets_[jet + 1] - offsets_[jet]};
  }
  // The same for all jets, side by side.
  JetsView view() const { return {momenta_, offsets_, pids_}; }

 private:
  friend class JetSimulator;
  struct Workspace;

  void clear();
  void append(const SimulatedJets& other);

  std::vector<SimulatedJet> jets_;
  std::vector<float> momenta_;
  std::vector<std::size_t> offsets_;
  std::vector<std::int32_t> pids_;
  std::unique_ptr<Workspace> workspace_;
};

struct SimulatorOptions {
  std::string backend = "onnxruntime";  // runs model.onnx; "torchscript" runs model.pt with libtorch
  std::string library;                  // libonnxruntime or libpyjetsim_torchscript; empty: found as the guide says
  int threads = 1;  // that work on the jets of a call, 64 at a time; jets are the same for any number. Events are
                    // better run in parallel
  std::uint64_t seed = 0;
  std::string device = "cpu";  // or "cuda", "cuda:N": a GPU, by ONNX Runtime's CUDA provider
};

// Safe to use from any number of threads at once, each with a SimulatedJets of its own.
class PYJETSIM_EXPORT JetSimulator {
 public:
  // Reads a bundle, checks every file against its SHA-256, and replays the golden jets. Throws Error. `bundle` is a
  // folder, or the name of a bundle that comes with pyjetsim: "cells", the best, or "paper".
  static JetSimulator load(const std::string& bundle, const SimulatorOptions& options = {});

  ~JetSimulator();
  JetSimulator(JetSimulator&&) noexcept;
  JetSimulator& operator=(JetSimulator&&) noexcept;

  // Simulates the jets of one event; jet j of the event draws the noise of (seed, event, j). Throws Error for values
  // that are not finite.
  void simulate(const EventId& event, const JetsView& gen, SimulatedJets& output) const;

  // Simulates jets of any events: jet j is ids[j]. Several copies of a gen jet get different noise.
  void simulate(Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const;

  // The same with another seed than that of the options.
  void simulate(std::uint64_t seed, Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const;

  // Of the model: the most constituents it sees of a jet, the most that a simulated jet has, and the radius its jets
  // were clustered with.
  std::size_t max_constituents() const;
  std::size_t max_reco_constituents() const;
  double jet_radius() const;

  // How far a gen jet of this pt in GeV, eta and number of constituents lies outside the domain: see SimulatedJet.
  float domain_distance(float pt, float eta, std::size_t n_constituents) const;

  const std::string& manifest_json() const;
  std::string backend() const;  // which runs it, in which version

 private:
  struct Model;
  struct Given;
  friend void run_model(const JetSimulator& simulator, std::size_t rows, Span<const void* const> inputs,
                        Span<void* const> outputs);
  friend void simulate_in_blocks(const JetSimulator& simulator, std::uint64_t seed, Span<const JetId> ids,
                                 const JetsView& gen, SimulatedJets& output, const std::function<void()>& between);
  explicit JetSimulator(std::unique_ptr<const Model> model);

  void simulate_all(const Given& given, SimulatedJets& output) const;
  void simulate_block(const Given& given, std::size_t block, SimulatedJets& output) const;

  std::unique_ptr<const Model> model_;
};

}  // namespace pyjetsim
