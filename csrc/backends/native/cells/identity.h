// Which kind of particle stands where the jet does not say, and what PDG ids say.
#pragma once

#include "backends/native/cells/mixtures.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// Replaces ids that are 0.
template <typename V>
inline void complete(const Cells& model, Work& work) {
  Particles& gen = work.gen;
  int unknown = 0;
  for (int i = 0; i < gen.count; ++i) {
    if (gen.pid[i] == 0) work.chosen[unknown++] = i;
  }
  if (unknown == 0) return;
  float *const inputs = work.own, *const second = inputs + gen.stride, *const third = second + gen.stride;
  each_vector<V>(gen.count, [&](int i) {
    const V pt = maximum(V::load(gen.pt + i), V(1e-3f));
    const V eta = clamped(inverse_hyperbolic_sine(V::load(gen.pz + i) / pt), -6.0f, 6.0f), half = eta * V(0.5f);
    logarithm(pt).store(inputs + i);
    (absolute(eta) - V(1.0f)).store(second + i);
    (half * half).store(third + i);
  });
  answer<V>(model.identity, {inputs, 1, gen.stride, work.chosen, unknown}, work.hidden, work.other, work.output);
  const float *const kind = work.uniform + 15 * gen.stride, *const charge = work.uniform + 16 * gen.stride;
  for (int m = 0; m < unknown; ++m) {
    const int i = work.chosen[m];
    const int drawn_kind = draw_category<V>(work.output + m * padded(kKinds), 1, kKinds, kind[i]);
    const bool charged = drawn_kind == kChargedHadron || drawn_kind == kElectron || drawn_kind == kMuon;
    const int32_t id = model.known.typical[drawn_kind];
    gen.pid[i] = charged && charge[i] < 0.5f ? -id : id;
  }
}

inline void look_up(const Known& known, Particles& gen) {
  for (int i = 0; i < gen.stride; ++i) {
    gen.kind[i] = kNeutralHadron;
    gen.charge[i] = gen.mass[i] = 0;
    for (float* each : gen.is_kind) each[i] = 0;
  }
  for (int i = 0; i < gen.count; ++i) {
    for (int s = 0; s < known.n_species; ++s) {
      const Species& species = known.species[s];
      if (gen.pid[i] != species.id && gen.pid[i] != -species.id) continue;
      gen.kind[i] = species.kind;
      gen.charge[i] = gen.pid[i] > 0 ? species.charge : 0 - species.charge;
      gen.mass[i] = species.mass;
      break;
    }
    gen.is_kind[gen.kind[i]][i] = 1;
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
