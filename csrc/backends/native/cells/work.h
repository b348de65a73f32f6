// The memory that one jet is worked on in: arrays over its particles, padded to whole vectors.
#pragma once

#include "backends/native/cells/cells.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

struct Particles {
  int count, stride;  // present ones; padded
  int* row;           // in the jet's tensors
  int* kind;
  int32_t* pid;
  float *px, *py, *pz, *pt, *eta, *phi, *energy, *charge, *mass;
  float* is_kind[kKinds];
  float jet_pt, jet_eta, jet_phi, jet_mass, jet_energy;

  // Of the detector: what the networks know and draw has eta with the sign of the jet's.
  float side() const { return jet_eta < 0 ? -1.0f : 1.0f; }
};

struct Box {
  float *eta, *phi, *eta_width, *phi_width;
};

struct Tokens {
  float *eta, *phi;
  int *ring, *cell;      // its number among the jet's cells: that of its first particle
  float *column, *side;  // 0: no calorimeter, 1: ECAL, 2: HCAL
  float *ecal, *hcal, *leads;
  int* leaders;
  int n_leaders;
  Box box;
  float *photons, *electrons, *charged_hadrons, *neutral_hadrons;
  float *in_eta, *in_phi, *d_eta, *d_phi, *at_d_eta, *at_d_phi;
  float *narrow[kKinds], *wide[kKinds];
  float* near;  // (leaders, stride): how much a leader counts for each particle's cell
};

// What each particle comes from, as in vzeros.py.
struct VZeros {
  int* number;  // the first of the particles that come from the same V0; its own for others
  int* partner;
  int* object;  // what is paired of it: an Object of vzeros.h
  float *member, *k0s, *momentum, *pt, *flights, *beyond, *survives;
};

struct Extras {
  int counts[kClasses];
  float *eta[kClasses], *phi[kClasses], *log_pt[kClasses];
};

struct Answer {
  float pt, eta, phi;
  int32_t pid;
};

struct Work {
  Particles gen;
  Tokens tokens;
  VZeros vzeros;
  Extras extras;
  // Noise of tokens by what it decides, (18, stride): normal and uniform numbers.
  float *normal, *uniform;
  float *features, *log_distance, *scores, *queries, *values, *sums;
  float* x;  // (count, x_row): tokens after the encoder, and their places about the axis
  int x_row;
  float *hidden, *other, *wide_hidden, *output;
  float *pooled, *context, *told_bias, *jet, *shared_bias, *told;
  float *found, *hit, *log_energy, *candidate_eta, *candidate_phi, *log_ratio, *track_eta, *track_phi;
  float *tracks, *lost_electrons, *lost_hadrons, *entered, *first, *expected, *unit, *highest;
  float *number, *sum_energy, *sum_square, *first_track, *neutral_energy, *factor, *share, *total;
  float *own, *own_photon;  // inputs of a head's own, (13, stride), and what is known of the cells around
  float* around;
  float *spare, *lane_numbers;
  int *chosen, *chosen_too;
  float* polar;
  Answer* answers;
  int* order;
};

// Hands out memory; from a null pointer on, it only counts.
class Room {
 public:
  explicit Room(void* first) : start_(reinterpret_cast<uintptr_t>(first)), next_(start_) {}

  template <typename T>
  T* take(int64_t count) {
    const uintptr_t at = next_;
    next_ += (static_cast<uintptr_t>(count) * sizeof(T) + 63) / 64 * 64;
    return reinterpret_cast<T*>(at);
  }
  int64_t used() const { return static_cast<int64_t>(next_ - start_); }

 private:
  uintptr_t start_, next_;
};

inline int larger(int a, int b) { return a > b ? a : b; }
inline float larger(float a, float b) { return a > b ? a : b; }
inline float smaller(float a, float b) { return a < b ? a : b; }

// For `count` particles.
inline Work lay_out(const Cells& model, int count, Room& room) {
  Work work;
  const int stride = padded(larger(count, 1)), width = model.width;
  const auto floats = [&](int64_t n) { return room.take<float>(n); };
  const auto tokens = [&](int n = 1) { return room.take<float>(int64_t{stride} * n); };
  const auto integers = [&] { return room.take<int>(stride); };

  Particles& gen = work.gen;
  gen.count = count;
  gen.stride = stride;
  gen.row = integers();
  gen.kind = integers();
  gen.pid = room.take<int32_t>(stride);
  float** const of_particles[] = {&gen.px,  &gen.py,     &gen.pz,     &gen.pt,  &gen.eta,
                                  &gen.phi, &gen.energy, &gen.charge, &gen.mass};
  for (float** each : of_particles) {
    *each = tokens();
  }
  for (float*& each : gen.is_kind) each = tokens();

  Tokens& t = work.tokens;
  float** const of_tokens[] = {&t.eta,
                               &t.phi,
                               &t.column,
                               &t.side,
                               &t.ecal,
                               &t.hcal,
                               &t.leads,
                               &t.box.eta,
                               &t.box.phi,
                               &t.box.eta_width,
                               &t.box.phi_width,
                               &t.photons,
                               &t.electrons,
                               &t.charged_hadrons,
                               &t.neutral_hadrons,
                               &t.in_eta,
                               &t.in_phi,
                               &t.d_eta,
                               &t.d_phi,
                               &t.at_d_eta,
                               &t.at_d_phi};
  for (float** each : of_tokens) {
    *each = tokens();
  }
  t.ring = integers();
  t.cell = integers();
  t.leaders = integers();
  for (float*& each : t.narrow) each = tokens();
  for (float*& each : t.wide) each = tokens();
  t.near = tokens(stride);

  VZeros& v = work.vzeros;
  v.number = integers();
  v.partner = integers();
  v.object = integers();
  float** const of_vzeros[] = {&v.member, &v.k0s, &v.momentum, &v.pt, &v.flights, &v.beyond, &v.survives};
  for (float** each : of_vzeros) *each = tokens();

  for (int c = 0; c < kClasses; ++c) {
    float** const of_extras[] = {&work.extras.eta[c], &work.extras.phi[c], &work.extras.log_pt[c]};
    for (float** each : of_extras) {
      *each = floats(padded(model.extras[c]));
    }
  }
  work.normal = tokens(kTokenNoise);
  work.uniform = tokens(kTokenNoise);
  work.features = tokens(model.features);
  work.log_distance = tokens(stride);
  work.scores = tokens(stride);
  work.queries = tokens(width);
  work.values = tokens(width);
  work.sums = tokens();
  work.x_row = padded(width + kPlaces);
  work.x = floats(int64_t{stride} * work.x_row);
  const int most = larger(3 * width, padded(3 * kEnergyComponents + kCells));
  work.hidden = tokens(larger(2 * width, width));
  work.other = tokens(2 * width);
  work.wide_hidden = tokens(3 * width);
  work.output = tokens(most);
  work.pooled = floats(padded(2 * width + kJetFeatures));
  work.context = floats(padded(width));
  work.told_bias = floats(padded(width));
  work.jet = floats(padded(width + kSummary));
  work.shared_bias = floats(int64_t{kHeads} * width);
  work.told = floats(padded(width + kAxisFeatures + kClasses + kClasses * kAnchorFeatures));
  float** const of_answers[] = {
      &work.found,          &work.hit,       &work.log_energy, &work.candidate_eta, &work.candidate_phi,
      &work.log_ratio,      &work.track_eta, &work.track_phi,  &work.tracks,        &work.lost_electrons,
      &work.lost_hadrons,   &work.entered,   &work.first,      &work.expected,      &work.unit,
      &work.highest,        &work.number,    &work.sum_energy, &work.sum_square,    &work.first_track,
      &work.neutral_energy, &work.factor,    &work.share,      &work.total,         &work.spare};
  for (float** each : of_answers) {
    *each = tokens();
  }
  work.own = tokens(kNeutralInputs + kAround);
  work.own_photon = tokens(kPhotonInputs + kAround);
  work.around = tokens(kAround);
  int extras = 0, most_extras = 0;
  for (const int size : model.extras) {
    extras += size;
    most_extras = larger(most_extras, size);
  }
  work.lane_numbers = floats(larger(padded(most_extras + 1), 7 * padded(kRest)));
  work.polar = floats(int64_t{9} * padded(most_extras));
  work.chosen = integers();
  work.chosen_too = integers();
  const int answers = 2 * stride + extras;
  work.answers = room.take<Answer>(answers);
  work.order = room.take<int>(answers);
  return work;
}

// --- Loops.

template <typename V, typename F>
inline void each_vector(int count, F&& work) {
  for (int i = 0; i < count; i += V::kWidth) work(i);
}

// A function of one number: what it is in any lane.
template <typename V>
inline float number_of(V lanes) {
  float numbers[kPanel];
  lanes.store(numbers);
  return numbers[0];
}

// Sums of `values` over the particles of each particle's cell.
inline void cell_sums(const Work& work, const float* values, float* sums) {
  const int n = work.gen.count;
  const int* const cell = work.tokens.cell;
  float* const total = work.sums;
  for (int i = 0; i < n; ++i) total[i] = 0;
  for (int i = 0; i < n; ++i) total[cell[i]] += values[i];
  for (int i = 0; i < n; ++i) sums[i] = total[cell[i]];
  for (int i = n; i < work.gen.stride; ++i) sums[i] = 0;
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
