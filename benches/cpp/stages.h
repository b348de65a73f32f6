// The stages of an event, from gen particles to matched jets.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bare_session.h"
#include "inference.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"
#include "server.h"

namespace benches {

// Events from a folder: particles.f64 (M, 3) px, py, pz, masses.f64 (M) and particle_offsets.u64.
class Stages {
 public:
  // `filling` are jets that the bare inference is run on, since an event's own are not known to it.
  Stages(const pyjetsim::JetSimulator& simulator, const BareSession& bare, const std::string& folder,
         const pyjetsim::JetDefinition& definition, double max_delta_r, JetSample& filling, std::vector<float>& noise);

  // Each gives its seconds an event: "whole" is the others together in one pass, but for "bare", the inference alone.
  std::map<std::string, Sample> samples();
  double jets_an_event() const;

 private:
  struct GenJets {
    std::vector<float> momenta;
    std::vector<std::size_t> offsets;
  };
  struct Directions {
    std::vector<double> gen_eta, gen_phi, reco_eta, reco_phi;
  };

  void cluster(std::size_t event);
  void copy_jets(std::size_t event, GenJets& jets) const;
  void directions(Directions& of) const;
  void match(const Directions& of);
  template <typename Work>
  Sample over_events(Work work);

  const pyjetsim::JetSimulator& simulator_;
  const BareSession& bare_;
  pyjetsim::JetDefinition definition_;
  double max_delta_r_;
  std::vector<double> particles_, masses_;
  std::vector<std::size_t> offsets_;
  std::size_t events_;
  pyjetsim::ClusteredJets clustered_;
  pyjetsim::SimulatedJets simulated_;
  GenJets now_;
  Directions directions_now_;
  std::vector<GenJets> gen_;  // of each event, kept for the stages that come after
  std::vector<Directions> directions_;
  std::vector<std::int64_t> nearest_;
  std::vector<float> output_;
  std::vector<BareSession::Call> calls_;  // by the number of jets
};

}  // namespace benches
