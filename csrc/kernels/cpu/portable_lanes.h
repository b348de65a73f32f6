// Vectors of numbers by the compiler's own extension, which GCC and Clang turn into what every processor of the target
// has: SSE2 on x86-64, NEON on aarch64.
//
// The class Lanes is also the description of what a set of lanes offers; the others differ only in how.
#pragma once

#define PYJETSIM_FLAVOUR portable
#include <stdint.h>
#include <string.h>

#include "kernels/arithmetic.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Vectors of 16 bytes, the width that both have.
using FloatVector __attribute__((vector_size(16))) = float;
using DoubleVector __attribute__((vector_size(16))) = double;

template <typename T, typename Vector>
struct Lanes {
  using Number = T;
  using Mask = decltype(Vector{} < Vector{});  // all bits of a lane, or none
  static constexpr int kWidth = static_cast<int>(sizeof(Vector) / sizeof(T));
  // Rows, or vectors of queries, that a Chamfer kernel holds in registers at a time.
  static constexpr int kTile = 2;

  Vector vector;

  Lanes() = default;
  explicit Lanes(Vector other) : vector(other) {}
  explicit Lanes(T value) : vector(value - Vector{}) {}  // which keeps the sign of 0
  static Lanes load(const T* from) {
    Lanes lanes;
    memcpy(&lanes.vector, from, sizeof(Vector));
    return lanes;
  }
  void store(T* to) const { memcpy(to, &vector, sizeof(Vector)); }

  friend Lanes operator+(Lanes a, Lanes b) { return Lanes(a.vector + b.vector); }
  friend Lanes operator-(Lanes a, Lanes b) { return Lanes(a.vector - b.vector); }
  friend Lanes operator*(Lanes a, Lanes b) { return Lanes(a.vector * b.vector); }
  friend Lanes operator/(Lanes a, Lanes b) { return Lanes(a.vector / b.vector); }
  friend Mask operator==(Lanes a, Lanes b) { return a.vector == b.vector; }
  friend Mask operator<(Lanes a, Lanes b) { return a.vector < b.vector; }
  friend Mask operator>(Lanes a, Lanes b) { return a.vector > b.vector; }
  // a * b + c; rounded once where the processor can.
  friend Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return Lanes(a.vector * b.vector + c.vector); }
  // The smaller of two; where one is NaN, either.
  friend Lanes minimum(Lanes a, Lanes b) { return Lanes(a.vector < b.vector ? a.vector : b.vector); }
  friend Lanes maximum(Lanes a, Lanes b) { return Lanes(a.vector > b.vector ? a.vector : b.vector); }
  friend Lanes square_root(Lanes a) {
    for (int k = 0; k < kWidth; ++k) a.vector[k] = square_root(a.vector[k]);
    return a;
  }
  friend Lanes select(Mask condition, Lanes yes, Lanes no) { return Lanes(condition ? yes.vector : no.vector); }
  // Numbers without a fraction, to integers.
  friend void store_integers(Lanes a, int32_t* to) {
    for (int k = 0; k < kWidth; ++k) to[k] = static_cast<int32_t>(a.vector[k]);
  }
};

using FloatLanes = Lanes<float, FloatVector>;
using DoubleLanes = Lanes<double, DoubleVector>;

// --- What functions of floats are made of.

using IntegerVector __attribute__((vector_size(16))) = int32_t;

// a * b + c, rounded once on every processor.
inline FloatLanes fused_multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) {
  for (int k = 0; k < FloatLanes::kWidth; ++k) c.vector[k] = fmaf(a.vector[k], b.vector[k], c.vector[k]);
  return c;
}
inline IntegerVector bits_of(FloatLanes a) {
  IntegerVector bits;
  memcpy(&bits, &a.vector, sizeof bits);
  return bits;
}
inline FloatLanes of_bits(IntegerVector bits) {
  FloatLanes lanes;
  memcpy(&lanes.vector, &bits, sizeof bits);
  return lanes;
}
inline FloatLanes absolute(FloatLanes a) { return of_bits(bits_of(a) & 0x7fffffff); }
// `a`, which is not negative, with the sign of another.
inline FloatLanes with_sign(FloatLanes a, FloatLanes of) {
  return of_bits(bits_of(a) | (bits_of(of) & static_cast<int32_t>(0x80000000u)));
}
// A positive number is mantissa(a) * 2^exponent(a), its mantissa in [1, 2).
inline FloatLanes exponent(FloatLanes a) {
  return FloatLanes(__builtin_convertvector((bits_of(a) >> 23) - 127, FloatVector));
}
inline FloatLanes mantissa(FloatLanes a) { return of_bits((bits_of(a) & 0x007fffff) | 0x3f800000); }
// 2^a, of whole numbers from -126 to 127.
inline FloatLanes power_of_two(FloatLanes a) {
  return of_bits((__builtin_convertvector(a.vector, IntegerVector) + 127) << 23);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
