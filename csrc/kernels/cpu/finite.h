// Whether any number of a lane is NaN or infinite.
#pragma once

#include <stdint.h>

#include "kernels/host_device.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// 0 in the lanes whose `count` numbers are all finite, NaN in the others.
template <typename V>
inline V not_finite(const typename V::Number* vectors, int64_t count) {
  using T = typename V::Number;
  constexpr int kChains = 8;  // additions wait for each other; chains do not
  V chain[kChains];
  for (V& each : chain) each = V(T(0));
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains) {
    for (int c = 0; c < kChains; ++c) {
      chain[c] = multiply_add(V::load(vectors + (i + c) * V::kWidth), V(T(0)), chain[c]);
    }
  }
  for (; i < count; ++i) chain[0] = multiply_add(V::load(vectors + i * V::kWidth), V(T(0)), chain[0]);
  for (int c = 1; c < kChains; ++c) chain[0] = chain[0] + chain[c];
  return chain[0];
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
