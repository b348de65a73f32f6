// Gen particles in, simulated jets out.
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
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "framework/input_tag.h"
#include "framework/modules/products.h"
#include "framework/modules/visible_particles.h"
#include "framework/parameter_set_description.h"
#include "framework/stream_module.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim::framework {

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
