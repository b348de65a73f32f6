/// \file
/// Simulation of jets inside a C++ program, by a bundle of the task "constituents". Momenta are in GeV, in and out.
///
///     const auto simulator = pyjetsim::JetSimulator::load("bundle");
///     pyjetsim::SimulatedJets jets;                          // kept between events: its memory is reused
///     simulator.simulate({run, block, event}, gen, jets);    // all jets of the event in one inference
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

/// N jets, one after the other: jet j has the constituents offsets[j] to offsets[j + 1]. Does not own them.
struct JetsView {
  Span<const float> momenta;        ///< (M, 3) px, py, pz in GeV of all constituents, in any order within a jet.
  Span<const std::size_t> offsets;  ///< (N + 1,) rising from 0 to M; empty for no jets.
  Span<const std::int32_t> pids =
      {};  ///< (M,) PDG ids, 0 where unknown; empty: all unknown. Only some models use them.
};

/// A reco jet.
struct SimulatedJet {
  float pt, eta, phi, mass;  ///< GeV and radians, of the sum of its constituents; 0 for a jet without constituents.
  bool outside_domain;       ///< The gen jet lies outside the phase space that the model was trained on.
  bool truncated;            ///< The model saw only the hardest constituents of the gen jet.
  /// How far outside the domain: 0 inside, 1 as far beyond the range of pt, eta or multiplicity trained on as that
  /// range is wide, on logarithmic scales for pt and multiplicity.
  float domain_distance = 0;
};

/// The reco jets of a call. Every call overwrites them, and allocates memory only where they grow.
class PYJETSIM_EXPORT SimulatedJets {
 public:
  SimulatedJets() noexcept;
  ~SimulatedJets();
  SimulatedJets(SimulatedJets&&) noexcept;
  SimulatedJets& operator=(SimulatedJets&&) noexcept;

  std::size_t size() const { return jets_.size(); }
  const SimulatedJet& operator[](std::size_t jet) const { return jets_[jet]; }
  /// (M, 3) px, py, pz in GeV of the constituents of a jet, hardest first.
  Span<const float> constituents(std::size_t jet) const {
    return {momenta_.data() + 3 * offsets_[jet], 3 * (offsets_[jet + 1] - offsets_[jet])};
  }
  /// (M,) PDG ids of these: a track's hypothesis, 22 for photons, 130 for neutral hadrons; 0 where the model gives
  /// none.
  Span<const std::int32_t> pids(std::size_t jet) const {
    return {pids_.data() + offsets_[jet], offsets_[jet + 1] - offsets_[jet]};
  }
  /// Constituents and PDG ids of all jets, one jet after the other.
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

/// How a bundle is run.
struct SimulatorOptions {
  /// What runs the model: "native" runs native.bin by this library itself, "onnxruntime" model.onnx, "torchscript"
  /// model.pt with libtorch. "auto": native where the bundle has it and neither `library` nor `device` asks for
  /// another, ONNX Runtime otherwise; JetSimulator::backend() tells which.
  std::string backend = "auto";
  /// The file of libonnxruntime or libpyjetsim_torchscript. Empty: searched for in the order of docs/guide/cpp.md.
  std::string library;
  /// Threads that work on the jets of a call, 64 jets at a time each, or 16 of the backend "native". Results do not
  /// depend on it. Rather simulate several events in parallel.
  int threads = 1;
  std::uint64_t seed = 0;      ///< Of the noise, where a call gives none.
  std::string device = "cpu";  ///< Or "cuda", "cuda:N": a GPU, by ONNX Runtime's CUDA provider.
};

/// A loaded bundle. May be used from any number of threads at once, each with a SimulatedJets of its own.
class PYJETSIM_EXPORT JetSimulator {
 public:
  /// Reads a bundle, checks every file against its SHA-256, and replays the golden jets.
  ///
  /// \param bundle   A folder, or the name of a bundle that comes with pyjetsim: "cells", the best, or "paper".
  /// \param options  Backend, threads, seed and device.
  /// \throws Error where the bundle is incomplete, altered, of another version or task, or does not reproduce its
  /// golden
  ///         outputs, and where the backend's library or the device cannot be used.
  static JetSimulator load(const std::string& bundle, const SimulatorOptions& options = {});

  ~JetSimulator();
  JetSimulator(JetSimulator&&) noexcept;
  JetSimulator& operator=(JetSimulator&&) noexcept;

  /// Simulates the jets of one event.
  ///
  /// \param event   Jet j has the noise of (seed, event, j).
  /// \param gen     N gen jets.
  /// \param output  N reco jets; overwritten.
  /// \throws Error for values that are not finite and spans of a wrong size.
  void simulate(const EventId& event, const JetsView& gen, SimulatedJets& output) const;

  /// Simulates jets of any events.
  ///
  /// \param ids     (N,): jet j has the noise of (seed, ids[j]).
  /// \param gen     N gen jets.
  /// \param output  N reco jets; overwritten.
  /// \throws Error for values that are not finite and spans of a wrong size.
  void simulate(Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const;

  /// The same with another seed than that of the options.
  void simulate(std::uint64_t seed, Span<const JetId> ids, const JetsView& gen, SimulatedJets& output) const;

  /// How many constituents of a gen jet the model sees, the hardest ones.
  std::size_t max_constituents() const;
  /// The most constituents of a reco jet.
  std::size_t max_reco_constituents() const;
  /// R of the anti-kt jets that the model was trained on.
  double jet_radius() const;

  /// How far a gen jet lies outside the domain; see SimulatedJet::domain_distance.
  ///
  /// \param pt              GeV.
  /// \param eta             Pseudorapidity of the jet.
  /// \param n_constituents  Its multiplicity, before truncation.
  float domain_distance(float pt, float eta, std::size_t n_constituents) const;

  /// The text of manifest.json.
  const std::string& manifest_json() const;
  /// The library that runs the model, with its version.
  std::string backend() const;

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
