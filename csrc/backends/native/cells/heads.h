// Small networks of tokens that share their first layer.
#pragma once

#include "backends/native/cells/extras.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// In the order of the shared layer.
enum HeadNumber {
  kFound,
  kPhotonHit,
  kNeutralHit,
  kPhotonEnergy,
  kNeutralEnergy,
  kScaleHead,
  kResidualHead,
  kDisplaced
};

// Where particles are seen from the reco axis, behind what the encoder says of them.
template <typename V>
inline void write_places(const Cells& model, const Axis& axis, const Work& work) {
  const Tokens& t = work.tokens;
  const float axis_eta = axis.eta * work.gen.side();
  const V moved(sqrtf(axis_eta * axis_eta + axis.phi * axis.phi + 1e-9f) + 0.02f);
  const V d_eta(axis_eta), d_phi(axis.phi), scale(0.5f / model.known.jet_radius), one(1.0f), zero(0.0f), four(4.0f);
  each_vector<V>(work.gen.count, [&](int i) {
    const auto distance = [&](const float* eta, const float* phi) {
      const V x = V::load(eta + i) - d_eta, y = V::load(phi + i) - d_phi;
      return square_root((x * x + y * y) + V(1e-9f));
    };
    const V r = distance(t.d_eta, t.d_phi) * scale;
    const V at = minimum(distance(t.at_d_eta, t.at_d_phi), V(3.0f)) * scale;
    const V along = V::load(t.d_eta + i) * d_eta + V::load(t.d_phi + i) * d_phi;
    const V pull = along / moved * V::load(work.share + i);
    const V numbers[kPlaces] = {four * r - one,
                                minimum(maximum(r - V(0.4f), zero) * V(20.0f), V(6.0f)),
                                four * at - one,
                                minimum(maximum(at - V(0.4f), zero) * V(20.0f), V(6.0f)),
                                select(at > V(0.55f), one, zero),
                                hyperbolic_tangent((r - V(0.5f)) * V(60.0f)),
                                hyperbolic_tangent((at - V(0.5f)) * V(40.0f)),
                                clamped(V(40.0f) * pull, -4.0f, 4.0f)};
    for (int k = 0; k < kPlaces; ++k) {
      float lanes[kPanel];
      numbers[k].store(lanes);
      for (int lane = 0; lane < V::kWidth; ++lane) {
        if (i + lane < work.gen.count) {
          work.x[static_cast<int64_t>(i + lane) * work.x_row + model.width + k] = lanes[lane];
        }
      }
    }
  });
}

// What a jet says to all heads of all its tokens.
template <typename V>
inline void tell_jet(const Cells& model, const Work& work) {
  product<V, Then::kStore>({work.jet, 0, 1, nullptr, 1}, model.shared_jet.inputs, model.shared_jet.weights,
                           model.shared_token.bias, panels_of(kHeads * model.width), {work.shared_bias, 0, kPanel});
}

// The answers of a head for `count` tokens, to work.output. `own`: its own inputs, (inputs, stride), or null.
template <typename V>
inline void ask(const Cells& model, HeadNumber number, const Head& head, const float* own, const int* chosen, int count,
                const Work& work) {
  if (count == 0) return;
  const int width = model.width, terms = width + kPlaces, panels = panels_of(width);
  const Rows rows = {work.x, work.x_row, 1, chosen, count};
  const float* const weights = model.shared_token.weights + static_cast<int64_t>(number) * width * terms;
  const float* const bias = work.shared_bias + number * width;
  const Results hidden = {work.hidden, width, kPanel};
  if (own == nullptr) {
    product<V, Then::kSilu>(rows, terms, weights, bias, panels, hidden);
  } else {
    product<V, Then::kStore>(rows, terms, weights, bias, panels, hidden);
    product<V, Then::kAddSilu>({own, 1, work.gen.stride, chosen, count}, head.own.inputs, head.own.weights, nullptr,
                               panels, hidden);
  }
  answer<V>(head.rest, rows_of(work.hidden, width, count), work.other, work.wide_hidden, work.output);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
