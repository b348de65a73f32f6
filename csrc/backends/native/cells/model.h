// A jet from its gen particles and its noise: `forward` of model.py.
#pragma once

#include "backends/native/cells/calorimeters.h"
#include "backends/native/cells/encoder.h"
#include "backends/native/cells/tracks.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// The candidates that are reconstructed, by what they are made of: particles first, then cells, then extras.
template <typename V>
inline int collect(const Cells& model, const float* noise, Work& work) {
  const Particles& gen = work.gen;
  int count = 0;
  const auto add = [&](float pt, float eta, float phi, int32_t pid) {
    if (pt > model.known.candidate_pt_min && fabsf(eta) < model.known.candidate_eta_max) {
      work.answers[count++] = {pt, eta, phi, pid};
    }
  };
  each_vector<V>(gen.stride, [&](int i) {
    (V::load(gen.pt + i) * exponential(V::load(work.log_ratio + i))).store(work.spare + i);
    (exponential(V::load(work.log_energy + i)) / hyperbolic_cosine(V::load(work.candidate_eta + i)))
        .store(work.total + i);
  });
  for (int i = 0; i < gen.count; ++i) {
    if (work.found[i] > 0) {
      add(work.spare[i], gen.eta[i] + work.track_eta[i], gen.phi[i] + work.track_phi[i], gen.pid[i]);
    }
  }
  for (int i = 0; i < gen.count; ++i) {
    if (work.hit[i] > 0) {
      add(work.total[i], work.candidate_eta[i], work.candidate_phi[i], work.tokens.ecal[i] > 0 ? 22 : 130);
    }
  }
  for (int which = 0; which < kClasses; ++which) {
    const float* const numbers = noise_of_extras(model, noise, which);
    const Extras& extras = work.extras;
    for (int s = 0; s < extras.counts[which]; ++s) {
      int32_t pid = which == kPhoton ? 22 : which == kNeutral ? 130 : 211;
      if (which == kTrack && !(number_of(uniform_of(V(numbers[s * kExtraNoise + 4]))) < 0.5f)) pid = -pid;
      add(number_of(exponential(V(extras.log_pt[which][s]))), extras.eta[which][s] * gen.side() + gen.jet_eta,
          extras.phi[which][s] + gen.jet_phi, pid);
    }
  }
  return count;
}

// The hardest of them, in the order of pt.
template <typename V>
inline void reconstruct(const Cells& model, int count, const JetTensors& jet, Work& work) {
  int* const order = work.order;
  for (int i = 0; i < count; ++i) {
    int place = i;
    for (; place > 0 && work.answers[order[place - 1]].pt < work.answers[i].pt; --place)
      order[place] = order[place - 1];
    order[place] = i;
  }
  const int rows = model.max_constituents, kept = count < rows ? count : rows;
  const float eta_max = model.known.candidate_eta_max;
  for (int first = 0; first < kept; first += V::kWidth) {
    float pt[kPanel], eta[kPanel], phi[kPanel];
    for (int k = 0; k < V::kWidth; ++k) {
      const Answer& each = work.answers[order[first + k < kept ? first + k : kept - 1]];
      pt[k] = each.pt;
      eta[k] = smaller(larger(each.eta, -eta_max), eta_max);
      phi[k] = each.phi;
    }
    const V momentum = V::load(pt);
    const SineAndCosine<V> direction = sine_and_cosine(V::load(phi));
    (direction.cosine * momentum).store(pt);
    (direction.sine * momentum).store(phi);
    (hyperbolic_sine(V::load(eta)) * momentum).store(eta);
    for (int k = 0; k < V::kWidth && first + k < kept; ++k) {
      float* const to = jet.reco + 3 * (first + k);
      to[0] = pt[k];
      to[1] = phi[k];
      to[2] = eta[k];
      jet.reco_pids[first + k] = work.answers[order[first + k]].pid;
    }
  }
  for (int row = kept; row < rows; ++row) {
    for (int k = 0; k < 3; ++k) jet.reco[3 * row + k] = 0;
    jet.reco_pids[row] = 0;
  }
}

template <typename V>
void simulate(const Cells& model, const JetTensors& jet, void* memory) {
  const Known& known = model.known;
  const int count = count_particles(model, jet.constituents);
  Room room(memory);
  Work work = lay_out(model, count, room);
  if (count == 0) {  // there is no jet to answer, and nothing that the networks know
    reconstruct<V>(model, 0, jet, work);
    return;
  }
  read_particles(model, jet, work);
  read_noise<V>(model, jet.noise, work);
  complete<V>(model, work);
  look_up(known, work.gen);
  measure<V>(work.gen);
  const float vertex = smaller(larger(known.vertex_spread * jet.noise[0], -known.vertex_max), known.vertex_max);
  const float pileup = known.mean_pileup + known.pileup_spread * jet.noise[1];
  const float vertices = 1 + larger(rintf(pileup), 0.0f);
  make_tokens<V>(model, vertex, work);
  find_vzeros<V>(model, vertex, work);
  encode<V>(model, vertex, vertices, work);
  const Axis axis = draw_axis<V>(model, work, jet.noise);
  draw_extras<V>(model, axis, jet.noise, work);
  sum_up<V>(model, work);
  write_places<V>(model, axis, work);
  tell_jet<V>(model, work);
  answer<V>(model.fates, {work.jet, 0, 1, nullptr, 1}, work.hidden, work.other, work.output);
  const int state = draw_category<V>(work.output, 1, kFates, number_of(uniform_of(V(jet.noise[8]))));
  draw_survival<V>(model, work);
  draw_found<V>(model, state, work);
  draw_candidates<V>(model, state, work);
  draw_tracks<V>(model, work);
  reconstruct<V>(model, collect<V>(model, jet.noise, work), jet, work);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
