// The model "cells": pyjetsim/models/cells, of which these files are named after those of the same subject. `forward`
// in its model.py is the truth.
#pragma once

#include <stdint.h>

#include "backends/native/products.h"

namespace pyjetsim::native {

enum Kind { kChargedHadron, kPhotonKind, kNeutralHadron, kElectron, kMuon, kKinds };
enum Class { kTrack, kPhoton, kNeutral, kClasses };

// Rings of equal width: from `start`, `most` of them counted.
struct EqualRings {
  float start, step, most;
};

// The cells of one calorimeter.
struct Grid {
  const float* edges = nullptr;  // upper ones, of rings that are not equal
  const EqualRings* equal = nullptr;
  const float* table = nullptr;  // (rings, 3): middle and width in |eta|, columns
  int n_edges = 0, n_equal = 0, rings = 0;
  float reach = 0;  // in |eta|; infinite where it is as far as particles are followed
};

struct Species {
  int32_t id;  // absolute
  int kind;
  float charge, mass;  // of the particle, GeV
};

// What the model knows of the detector and of jets; GeV, m, T.
struct Known {
  float field_times_light, radius, half_length, vertex_spread, vertex_max, mean_pileup, pileup_spread, vertex_unit,
      pileup_unit, eta_max, loops_below;
  bool magnet;
  float photon_resolution[3];  // constant, stochastic, noise
  float neutral_pt_max;
  float jet_radius, candidate_pt_min, candidate_eta_max, log_pt_min, log_energy_min;
  const float *calorimeter_steps = nullptr, *track_eta_steps = nullptr, *track_pt_steps = nullptr;
  int n_calorimeter_steps = 0, n_track_eta_steps = 0, n_track_pt_steps = 0;
  Grid grids[2];  // ECAL, HCAL
  const Species* species = nullptr;
  int n_species = 0;
  int32_t typical[kKinds];
};

struct Attention {
  const float *before_scale, *before_shift, *between_scale, *between_shift, *nearness;
  Linear qkv, out;
  Network rest;
};

// The rest of a head of the shared layer, and inputs of its own.
struct Head {
  Linear own;  // 0 inputs: none
  Network rest;
};

// Components of the mixtures, and other sizes that the model's code has.
constexpr int kFates = 16, kEnergyComponents = 8, kCells = 9, kScale = 6, kResidual = 4, kWidths = 3;
constexpr int kAxis = 8, kAnchor = 8, kRest = 12, kSummary = 15, kJetFeatures = 26, kPlaces = 8, kHeads = 8;
constexpr int kAxisFeatures = 3, kAnchorFeatures = 4, kTokenFeatures = 40, kVZeroFeatures = 6, kProngFeatures = 8,
              kVZeroJetFeatures = 3;
constexpr int kPhotonInputs = 11, kNeutralInputs = 13, kAround = 5, kScaleInputs = 9, kResidualInputs = 2;
constexpr int kJetNoise = 16, kTokenNoise = 18, kExtraNoise = 5;
constexpr int kOrder[kClasses] = {kTrack, kNeutral, kPhoton};  // in which extras are drawn

struct Cells {
  int max_constituents = 0, width = 0, n_blocks = 0, heads = 0, features = 0;
  int extras[kClasses];
  Known known;

  Network identity, embed, context, summary, fates, survival, axis;
  Linear told, told_context, told_out;
  const Attention* blocks = nullptr;
  Network counts[kClasses], anchors[kClasses], rest[kClasses];  // in kOrder
  // The first layer of all heads: of what is known of tokens, and of jets.
  Linear shared_token, shared_jet;
  Head found, photon_hit, neutral_hit, photon, neutral, scale, residual, displaced;
};

// One jet, as the manifest's tensors have it: constituents (P, 3), noise (Z), pids (P) or null; reco constituents
// (P, 3) and their pids (P).
struct JetTensors {
  const float *constituents, *noise;
  const int32_t* pids;
  float* reco;
  int32_t* reco_pids;
};

// `memory`: what memory_for says, aligned for any vector.
using SimulateJet = void (*)(const Cells& model, const JetTensors& jet, void* memory);

// Bytes that one jet is worked on in.
int64_t memory_for(const Cells& model);

extern const SimulateJet portable_cells;
#if defined(__x86_64__)
extern const SimulateJet avx2_cells, avx512_cells;
#endif

}  // namespace pyjetsim::native
