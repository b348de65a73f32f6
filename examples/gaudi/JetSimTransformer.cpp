// Simulated jets from MCParticles of EDM4hep, as a Gaudi functional: one model for all threads. What to change is
// marked CHANGE.
#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "Gaudi/Property.h"
#include "edm4hep/EventHeaderCollection.h"
#include "edm4hep/MCParticleCollection.h"
#include "edm4hep/ReconstructedParticleCollection.h"
#include "k4FWCore/Transformer.h"
#include "podio/UserDataCollection.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/simulator.h"

// Jets, their constituents, and for each jet the number of its gen jet, by falling pt.
using Output = std::tuple<edm4hep::ReconstructedParticleCollection, edm4hep::ReconstructedParticleCollection,
                          podio::UserDataCollection<std::int32_t>>;

struct JetSimTransformer final
    : k4FWCore::MultiTransformer<Output(const edm4hep::EventHeaderCollection&, const edm4hep::MCParticleCollection&)> {
  JetSimTransformer(const std::string& name, ISvcLocator* services)
      : MultiTransformer(name, services,
                         {KeyValues("EventHeader", {"EventHeader"}), KeyValues("Particles", {"MCParticles"})},
                         {KeyValues("Jets", {"SimulatedJets"}), KeyValues("Constituents", {"SimulatedConstituents"}),
                          KeyValues("GenJetNumbers", {"SimulatedGenJetNumbers"})}) {}

  StatusCode initialize() override {
    try {
      pyjetsim::SimulatorOptions options;
      options.seed = m_seed;
      m_simulator.emplace(pyjetsim::JetSimulator::load(m_bundle, options));
    } catch (const std::exception& problem) {
      error() << problem.what() << endmsg;
      return StatusCode::FAILURE;
    }
    return StatusCode::SUCCESS;
  }

  // Several threads are in here at once: nothing of this object changes, and each keeps its own buffers.
  Output operator()(const edm4hep::EventHeaderCollection& header,
                    const edm4hep::MCParticleCollection& particles) const override {
    static thread_local Buffers buffers;
    buffers.select(particles);
    pyjetsim::cluster({buffers.momenta, buffers.masses}, {m_simulator->jet_radius(), m_genPtMin, m_genEtaMax},
                      buffers.gen);
    buffers.pack();
    // CHANGE: EDM4hep has no luminosity blocks; if your event numbers start anew in each file, give the file's number.
    const pyjetsim::EventId event{static_cast<std::uint32_t>(header[0].getRunNumber()), 0,
                                  static_cast<std::uint64_t>(header[0].getEventNumber())};
    m_simulator->simulate(event, {buffers.packed, buffers.offsets, buffers.packedPids}, buffers.simulated);
    return output_of(buffers.simulated);
  }

 private:
  struct Buffers {
    std::vector<double> momenta, masses;
    std::vector<std::int32_t> pids, packedPids;
    pyjetsim::ClusteredJets gen;
    std::vector<float> packed;
    std::vector<std::size_t> offsets;
    pyjetsim::SimulatedJets simulated;

    void select(const edm4hep::MCParticleCollection& particles) {
      static const pyjetsim::Acceptance acceptance(0, 5);
      momenta.clear();
      masses.clear();
      pids.clear();
      for (const auto& each : particles) {
        const auto& p = each.getMomentum();
        const bool seen = pyjetsim::is_visible(each.getPDG()) && acceptance.holds(p.x, p.y, p.z);
        if (each.getGeneratorStatus() != 1 || !seen) continue;
        momenta.insert(momenta.end(), {p.x, p.y, p.z});
        masses.push_back(each.getMass());
        pids.push_back(each.getPDG());
      }
    }

    void pack() {
      packed.clear();
      offsets.clear();
      packedPids.clear();
      pyjetsim::append_constituents({momenta, masses}, gen, packed, offsets);
      pyjetsim::append_pids(pids, gen, packedPids);
    }
  };

  static Output output_of(const pyjetsim::SimulatedJets& simulated) {
    edm4hep::ReconstructedParticleCollection jets, constituents;
    podio::UserDataCollection<std::int32_t> genJets;
    for (std::size_t j = 0; j < simulated.size(); ++j) {
      const auto momenta = simulated.constituents(j);
      if (momenta.empty()) continue;  // the detector left nothing of it
      auto jet = jets.create();
      float px = 0, py = 0, pz = 0, energy = 0;
      for (std::size_t i = 0; i < momenta.size(); i += 3) {
        auto each = constituents.create();
        each.setPDG(simulated.pids(j)[i / 3]);  // 0 where the model does not tell
        each.setMomentum({momenta[i], momenta[i + 1], momenta[i + 2]});
        each.setEnergy(std::hypot(momenta[i], momenta[i + 1], momenta[i + 2]));
        px += momenta[i], py += momenta[i + 1], pz += momenta[i + 2], energy += each.getEnergy();
        jet.addToParticles(each);
      }
      jet.setMomentum({px, py, pz});
      jet.setEnergy(energy);
      jet.setMass(simulated[j].mass);
      genJets.push_back(static_cast<std::int32_t>(j));
    }
    return {std::move(jets), std::move(constituents), std::move(genJets)};
  }

  Gaudi::Property<std::string> m_bundle{this, "Bundle", "", "folder that `pyjetsim export` wrote"};
  Gaudi::Property<std::uint64_t> m_seed{this, "Seed", 0, "of the noise"};
  Gaudi::Property<double> m_genPtMin{this, "GenPtMin", 100, "GeV"};
  Gaudi::Property<double> m_genEtaMax{this, "GenEtaMax", 3, "absolute pseudorapidity"};
  std::optional<pyjetsim::JetSimulator> m_simulator;
};

DECLARE_COMPONENT(JetSimTransformer)
