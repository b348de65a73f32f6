// Vectors of numbers by the compiler's own extension, which GCC and Clang turn into what every processor of the target
// has: SSE2 on x86-64, NEON on aarch64.
//
// The class Lanes is also the description of what a set of lanes offers; the others differ only in how.
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
  explicit Lanes(T value) : vector(Vector{} + value) {}
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

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim

// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> portable_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> portable_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
