// The particles of an event that go into gen jets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "framework/event.h"
#include "framework/module.h"
#include "framework/modules/products.h"
#include "framework/parameters.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim::framework {

// Stable, visible, and in acceptance. Filled again for each event.
class VisibleParticles {
 public:
  void select(const GenParticles& particles, const InvisibleParticles& invisible, const Acceptance& acceptance);

  ParticlesView view() const { return {momenta_, masses_}; }
  // PDG ids of the same.
  Span<const std::int32_t> pids() const { return pids_; }
  // Where a selected particle stands in the event.
  std::size_t index(std::size_t selected) const { return index_[selected]; }

 private:
  std::vector<double> momenta_, masses_;
  std::vector<std::int32_t> pids_;
  std::vector<std::size_t> index_;
};

// --- Gen particles in, simulated jets out.
//
// Gets GenParticles `particles`. Clusters the stable visible ones with the bundle's jet definition, simulates the jets
// in one inference, and puts
//
//   (main product)    Jets                simulated; a jet of which the detector left nothing is not among them
//   constituents      Constituents        of the simulated jets
//   genLinks          GenLinks            one a simulated jet: its gen jet
//   gen               Jets                gen jets, by falling pt
//   genConstituents   ConstituentIndices  of the gen jets
//
// One model is shared by all streams. Noise comes from (seed; event, jet), so that no thread or order changes a jet.

class JetSimProducer : public stream::EDProducer<GlobalCache<JetSimulator>> {
 public:
  JetSimProducer(const ParameterSet& parameters, const JetSimulator* simulator);

  static std::unique_ptr<JetSimulator> initializeGlobalCache(const ParameterSet& parameters);
  static void fillDescriptions(ParameterSetDescription& description);

  void produce(Event& event, const EventSetup& setup) override;

 private:
  void put_gen(Event& event) const;
  void put_simulated(Event& event) const;
  JetsView gen_jets();

  const InputTag particles_tag_;
  const Acceptance acceptance_;
  const JetDefinition definition_;

  // Kept for their memory.
  VisibleParticles visible_;
  ClusteredJets clustered_;
  std::vector<float> momenta_;
  std::vector<std::size_t> offsets_;
  std::vector<std::int32_t> pids_;
  SimulatedJets simulated_;
};

}  // namespace pyjetsim::framework
