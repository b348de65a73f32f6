// Vectors of numbers in plain C++, for processors without a file of their own. The compiler vectorises what it can.
//
// This file is also the description of what a set of lanes offers; the others differ only in how.
#pragma once

#include <stdint.h>

#include "kernels/arithmetic.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

template <typename T>
struct Lanes {
  using Number = T;
  static constexpr int kWidth = 16 / static_cast<int>(sizeof(T));
  // Rows, or vectors of queries, that a Chamfer kernel holds in registers at a time.
  static constexpr int kTile = 2;
  struct Mask {
    bool bits[kWidth];
  };

  T values[kWidth];

  Lanes() = default;
  explicit Lanes(T value) {
    for (T& each : values) each = value;
  }
  static Lanes load(const T* from) {
    Lanes lanes;
    for (int k = 0; k < kWidth; ++k) lanes.values[k] = from[k];
    return lanes;
  }
  void store(T* to) const {
    for (int k = 0; k < kWidth; ++k) to[k] = values[k];
  }
};

// An operation on every lane, written once for all of them.
#define PYJETSIM_EACH_LANE(expression)                                      \
  Lanes<T> result;                                                          \
  for (int k = 0; k < Lanes<T>::kWidth; ++k) result.values[k] = expression; \
  return result
#define PYJETSIM_EACH_BIT(expression)                                     \
  typename Lanes<T>::Mask result;                                         \
  for (int k = 0; k < Lanes<T>::kWidth; ++k) result.bits[k] = expression; \
  return result

template <typename T>
inline Lanes<T> operator+(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_LANE(a.values[k] + b.values[k]);
}
template <typename T>
inline Lanes<T> operator-(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_LANE(a.values[k] - b.values[k]);
}
template <typename T>
inline Lanes<T> operator*(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_LANE(a.values[k] * b.values[k]);
}
template <typename T>
inline Lanes<T> operator/(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_LANE(a.values[k] / b.values[k]);
}
template <typename T>
inline typename Lanes<T>::Mask operator==(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_BIT(a.values[k] == b.values[k]);
}
template <typename T>
inline typename Lanes<T>::Mask operator<(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_BIT(a.values[k] < b.values[k]);
}
template <typename T>
inline typename Lanes<T>::Mask operator>(Lanes<T> a, Lanes<T> b) {
  return b < a;
}
// a * b + c; rounded once where the processor can.
template <typename T>
inline Lanes<T> multiply_add(Lanes<T> a, Lanes<T> b, Lanes<T> c) {
  PYJETSIM_EACH_LANE(a.values[k] * b.values[k] + c.values[k]);
}
// The smaller of two; where one is NaN, either.
template <typename T>
inline Lanes<T> minimum(Lanes<T> a, Lanes<T> b) {
  PYJETSIM_EACH_LANE(a.values[k] < b.values[k] ? a.values[k] : b.values[k]);
}
template <typename T>
inline Lanes<T> square_root(Lanes<T> a) {
  PYJETSIM_EACH_LANE(square_root(a.values[k]));
}
template <typename T>
inline Lanes<T> select(typename Lanes<T>::Mask condition, Lanes<T> yes, Lanes<T> no) {
  PYJETSIM_EACH_LANE(condition.bits[k] ? yes.values[k] : no.values[k]);
}

#undef PYJETSIM_EACH_LANE
#undef PYJETSIM_EACH_BIT

template <typename T>
inline void store_integers(Lanes<T> a, int32_t* to) {
  for (int k = 0; k < Lanes<T>::kWidth; ++k) to[k] = static_cast<int32_t>(a.values[k]);
}

using FloatLanes = Lanes<float>;
using DoubleLanes = Lanes<double>;

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
