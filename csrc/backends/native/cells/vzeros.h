// K0S and Lambda of a jet, found by the masses of their decay products, which are lost together.
#pragma once

#include "backends/native/cells/tokens.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

constexpr float kPionMass = 0.13957f, kProtonMass = 0.93827f, kNeutronMass = 0.93957f, kNeutralPionMass = 0.13498f;
constexpr float kK0sMass = 0.49761f, kLambdaMass = 1.11568f;       // GeV
constexpr float kK0sLength = 0.026844f, kLambdaLength = 0.07891f;  // c tau, m
constexpr float kMassWindow = 0.4e-3f, kFar = 1e4f;

// What is paired: a particle, or for the first photon of a neutral pion that.
enum Object { kNoObject, kChargedPion, kProtonObject, kNeutronObject, kNeutralPion };

struct PairOf {
  float x, y, z, mass;
};

inline float mass_of_pair(const PairOf& a, const PairOf& b) {
  const float a2 = a.mass * a.mass, b2 = b.mass * b.mass;
  const float a_square = a.x * a.x + a.y * a.y + a.z * a.z, b_square = b.x * b.x + b.y * b.y + b.z * b.z;
  const float both = sqrtf(a_square + a2) * sqrtf(b_square + b2), along = a.x * b.x + a.y * b.y + a.z * b.z;
  const float xy = a.x * b.y - a.y * b.x, yz = a.y * b.z - a.z * b.y, zx = a.z * b.x - a.x * b.z;
  // E1 E2 - p1 p2 without the difference of two large numbers.
  const float above = a2 * b2 + a2 * b_square + b2 * a_square + (xy * xy + yz * yz + zx * zx);
  const float beyond = along > 0 ? above / larger(both + along, 1e-9f) : both - along;
  return sqrtf(larger(a2 + b2 + 2 * beyond, 0.0f));
}

inline float miss(float mass, float wanted) { return fabsf(mass - wanted) / kMassWindow; }

// Each one's best partner by `score` (i, j), which is symmetric and below 1 for those that can be; where that is
// mutual, otherwise the particle itself.
template <typename F>
inline void find_partners(int count, F score, float* best, int* nearest, int* partner) {
  for (int i = 0; i < count; ++i) {
    best[i] = kFar;
    nearest[i] = i;
  }
  for (int i = 0; i < count; ++i) {
    for (int j = i + 1; j < count; ++j) {
      const float found = score(i, j);
      if (!(found < 1)) continue;
      if (found < best[i]) {
        best[i] = found;
        nearest[i] = j;
      }
      if (found < best[j]) {
        best[j] = found;
        nearest[j] = i;
      }
    }
  }
  for (int i = 0; i < count; ++i) partner[i] = nearest[nearest[i]] == i ? nearest[i] : i;
}

inline Object object_of(const Particles& gen, int i) {
  if (gen.kind[i] == kChargedHadron && gen.mass[i] < 0.2f) return kChargedPion;
  if (gen.kind[i] == kChargedHadron && fabsf(gen.mass[i] - kProtonMass) < 0.01f) return kProtonObject;
  if (gen.kind[i] == kNeutralHadron && fabsf(gen.mass[i] - kNeutronMass) < 0.01f) return kNeutronObject;
  return kNoObject;
}

// Momentum, pt and mean flights to the edge of the tracker of the V0 that a particle comes from.
inline void fly(const Known& known, float vertex, float x, float y, float z, bool kaon, int i, VZeros& found) {
  const float pt = sqrtf(x * x + y * y), direction = z > 0 ? 1.0f : z < 0 ? -1.0f : 0.0f;
  const float barrel = known.radius / larger(pt, 1e-3f);
  const float endcap = (known.half_length - direction * vertex) / larger(fabsf(z), 1e-3f);
  const float flights = smaller(barrel, endcap) * (kaon ? kK0sMass / kK0sLength : kLambdaMass / kLambdaLength);
  found.member[i] = 1;
  found.k0s[i] = kaon ? 1.0f : 0.0f;
  found.momentum[i] = larger(sqrtf(pt * pt + z * z), 1e-3f);
  found.pt[i] = pt;
  found.flights[i] = smaller(flights, 50.0f);
}

template <typename V>
inline void find_vzeros(const Cells& model, float vertex, Work& work) {
  const Particles& gen = work.gen;
  VZeros& found = work.vzeros;
  const int n = gen.count;
  for (int i = 0; i < gen.stride; ++i) {
    found.number[i] = i;
    found.member[i] = found.k0s[i] = found.pt[i] = found.flights[i] = 0;
    found.momentum[i] = 1;
  }
  const auto itself = [&](int i, float mass) { return PairOf{gen.px[i], gen.py[i], gen.pz[i], mass}; };
  int *const twin = work.chosen, *const nearest = work.chosen_too, *const other = found.partner;
  find_partners(
      n,
      [&](int i, int j) {
        const bool photons = gen.kind[i] == kPhotonKind && gen.kind[j] == kPhotonKind;
        return photons ? miss(mass_of_pair(itself(i, 0), itself(j, 0)), kNeutralPionMass) : kFar;
      },
      work.spare, nearest, twin);
  const int* const object = found.object;
  for (int i = 0; i < n; ++i) {
    const bool photon = gen.kind[i] == kPhotonKind;
    found.object[i] = photon ? (twin[i] > i ? kNeutralPion : kNoObject) : object_of(gen, i);
  }
  const auto whole = [&](int i) {
    switch (object[i]) {
      case kNeutralPion: {
        const int j = twin[i];
        return PairOf{gen.px[i] + gen.px[j], gen.py[i] + gen.py[j], gen.pz[i] + gen.pz[j], kNeutralPionMass};
      }
      case kChargedPion:
        return itself(i, kPionMass);
      case kProtonObject:
        return itself(i, kProtonMass);
      case kNeutronObject:
        return itself(i, kNeutronMass);
      default:
        return itself(i, 0);
    }
  };
  // What two objects can come from: 1 a K0S, 2 a Lambda.
  const auto parent = [&](int i, int j) {
    const int a = object[i], b = object[j];
    if (a == kNeutralPion && b == kNeutralPion) return 1;
    if ((a == kNeutronObject && b == kNeutralPion) || (a == kNeutralPion && b == kNeutronObject)) return 2;
    if (!(gen.charge[i] * gen.charge[j] < 0)) return 0;
    if (a == kChargedPion && b == kChargedPion) return 1;
    return (a == kProtonObject && b == kChargedPion) || (a == kChargedPion && b == kProtonObject) ? 2 : 0;
  };
  find_partners(
      n,
      [&](int i, int j) {
        const int of = parent(i, j);
        return of == 0 ? kFar : miss(mass_of_pair(whole(i), whole(j)), of == 1 ? kK0sMass : kLambdaMass);
      },
      work.spare, nearest, other);
  for (int i = 0; i < n; ++i) {
    const int root = gen.kind[i] == kPhotonKind && twin[i] < i ? twin[i] : i, partner = other[root];
    if (partner == root) continue;
    const PairOf a = whole(root), b = whole(partner);
    found.number[i] = root < partner ? root : partner;
    fly(model.known, vertex, a.x + b.x, a.y + b.y, a.z + b.z, parent(root, partner) == 1, i, found);
  }
  each_vector<V>(gen.stride, [&](int i) {
    (exponential(V(0.0f) - V::load(found.flights + i)) * V::load(found.member + i)).store(found.beyond + i);
  });
}

// Whether each V0 decays where its products can be seen.
template <typename V>
inline void draw_survival(const Cells& model, Work& work) {
  const Particles& gen = work.gen;
  VZeros& found = work.vzeros;
  const int stride = gen.stride;
  int count = 0;
  for (int i = 0; i < stride; ++i) found.survives[i] = 1;
  for (int i = 0; i < gen.count; ++i) {
    if (found.member[i] > 0 && found.number[i] == i) work.chosen[count++] = i;
  }
  if (count == 0) return;
  float* const guess = work.spare;
  const V third(1.0f / 3.0f), least(1e-3f), one(1.0f);
  each_vector<V>(stride, [&](int i) {
    const V beyond = V::load(found.beyond + i), member = V::load(found.member + i), k0s = V::load(found.k0s + i);
    beyond.store(work.own + i);
    (logarithm(V::load(found.flights + i) + V(1e-2f)) * third).store(work.own + stride + i);
    (logarithm(V::load(found.momentum + i)) * third).store(work.own + 2 * stride + i);
    k0s.store(work.own + 3 * stride + i);
    (member - k0s).store(work.own + 4 * stride + i);
    logarithm(maximum(one - beyond, least) / maximum(beyond, least)).store(guess + i);
  });
  answer<V>(model.survival, {work.own, 1, stride, work.chosen, count}, work.hidden, work.other, work.output);
  const float* const u = work.uniform + 17 * stride;
  float* const survived = work.total;
  for (int m = 0; m < count; ++m) {
    const int i = work.chosen[m];
    survived[i] = u[i] < number_of(logistic(V(guess[i] + work.output[m * padded(1)])));
  }
  for (int i = 0; i < gen.count; ++i) {
    if (found.member[i] > 0) found.survives[i] = survived[found.number[i]];
  }
}

// 1 where neutral products of a V0 lead their cell and are nearly all that enters it.
inline void find_alone(const Work& work, float* alone) {
  const Particles& gen = work.gen;
  const Tokens& t = work.tokens;
  const VZeros& found = work.vzeros;
  for (int i = 0; i < gen.stride; ++i) alone[i] = 0;
  for (int l = 0; l < t.n_leaders; ++l) {
    const int i = t.leaders[l];
    if (!(found.member[i] > 0) || gen.charge[i] != 0) continue;
    float own = 0;
    for (int j = 0; j < gen.count; ++j) {
      const bool together = t.cell[j] == t.cell[i] && found.number[j] == found.number[i];
      if (together && found.member[j] > 0 && gen.charge[j] == 0) own += gen.energy[j];
    }
    const float entered = t.photons[i] + t.electrons[i] + t.charged_hadrons[i] + t.neutral_hadrons[i];
    alone[i] = own > 0.7f * entered ? 1.0f : 0.0f;
  }
}

// Input features of tokens, behind those of write_features; of the order of 1.
template <typename V>
inline void write_vzero_features(const Cells& model, const Work& work) {
  const VZeros& found = work.vzeros;
  const int stride = work.gen.stride;
  const V third(1.0f / 3.0f), four(4.0f), quarter(-0.25f), jet_pt(work.gen.jet_pt);
  each_vector<V>(stride, [&](int i) {
    float* to = work.features + (model.features - kVZeroFeatures) * stride + i;
    const auto add = [&](V value) {
      value.store(to);
      to += stride;
    };
    const V member = V::load(found.member + i), k0s = V::load(found.k0s + i);
    add(k0s);
    add(member - k0s);
    add(V::load(found.beyond + i));
    add(exponential(quarter * V::load(found.flights + i)) * member);
    add(logarithm(V::load(found.momentum + i)) * third);
    add(four * V::load(found.pt + i) / jet_pt);
  });
}

inline void write_vzero_jet_features(const Work& work, float* features) {
  const VZeros& found = work.vzeros;
  float lost = 0, all = 0, most = 0;
  for (int i = 0; i < work.gen.count; ++i) {
    const float share = work.share[i];
    lost += share * found.beyond[i];
    all += share * found.member[i];
    most = larger(most, share * found.beyond[i]);
  }
  features[0] = 6 * lost;
  features[1] = 4 * all;
  features[2] = 8 * most;
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
