// What the modules here get from an event and put into it. All momenta in GeV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pyjetsim/selection.h"

namespace pyjetsim::framework {

struct GenParticle {
  double px, py, pz, mass;
  int pid;     // PDG
  int status;  // HepMC: 1 for stable
};
using GenParticles = std::vector<GenParticle>;

struct RecoParticle {
  double px, py, pz, mass;
};
using RecoParticles = std::vector<RecoParticle>;

struct Jet {
  float pt, eta, phi, mass;
  std::size_t first, count;  // its constituents in the product that has those of all jets
};
using Jets = std::vector<Jet>;

// Of gen jets: which particles of the event they are, hardest first.
using ConstituentIndices = std::vector<std::size_t>;

// Of simulated jets: massless, hardest first.
struct Constituent {
  float px, py, pz;
  int pid;  // PDG: that of a track's hypothesis, 22 photon, 130 neutral hadron; 0 where the model does not tell
};
using Constituents = std::vector<Constituent>;

// What a simulated jet is the answer to.
struct GenLink {
  std::size_t gen_jet;
  bool outside_domain;  // the gen jet is unlike those the model was trained on
  bool truncated;       // the model saw only the hardest constituents of the gen jet
};
using GenLinks = std::vector<GenLink>;

// --- What no detector sees: a record of the event setup.

struct InvisibleParticles {
  // Absolute PDG ids; unless others are given, those that all of pyjetsim leaves out.
  std::vector<std::int32_t> ids = {invisible_pids().begin(), invisible_pids().end()};
};

}  // namespace pyjetsim::framework
