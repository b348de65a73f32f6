// What AVX2 and AVX-512 share: the same names with another prefix.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernels/arithmetic.h"

// `prefix` is _mm256 or _mm512; `suffix` is ps or pd; `tile` as in portable.cpp. Comparisons, select and
// multiply_add differ by more than the name and stand in the files of each set.
#define PYJETSIM_X86_LANES(Name, Type, Vector, MaskType, tile, prefix, suffix)                      \
  struct Name {                                                                                     \
    using Number = Type;                                                                            \
    using Mask = MaskType;                                                                          \
    static constexpr int kWidth = static_cast<int>(sizeof(Vector) / sizeof(Type));                  \
    static constexpr int kTile = tile;                                                              \
    Vector vector;                                                                                  \
    Name() = default;                                                                               \
    explicit Name(Vector other) : vector(other) {}                                                  \
    explicit Name(Type value) : vector(prefix##_set1_##suffix(value)) {}                            \
    static Name load(const Type* from) { return Name(prefix##_loadu_##suffix(from)); }              \
    void store(Type* to) const { prefix##_storeu_##suffix(to, vector); }                            \
  };                                                                                                \
  inline Name operator+(Name a, Name b) { return Name(prefix##_add_##suffix(a.vector, b.vector)); } \
  inline Name operator-(Name a, Name b) { return Name(prefix##_sub_##suffix(a.vector, b.vector)); } \
  inline Name operator*(Name a, Name b) { return Name(prefix##_mul_##suffix(a.vector, b.vector)); } \
  inline Name operator/(Name a, Name b) { return Name(prefix##_div_##suffix(a.vector, b.vector)); } \
  inline Name minimum(Name a, Name b) { return Name(prefix##_min_##suffix(a.vector, b.vector)); }   \
  inline Name maximum(Name a, Name b) { return Name(prefix##_max_##suffix(a.vector, b.vector)); }   \
  inline Name square_root(Name a) { return Name(prefix##_sqrt_##suffix(a.vector)); }                \
  static_assert(sizeof(Name) == sizeof(Vector))

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Turns four quarter-vectors of four jets into four vectors of one element each.
inline void transpose_4x4(__m128& a, __m128& b, __m128& c, __m128& d) { _MM_TRANSPOSE4_PS(a, b, c, d); }

// Elements `offset` to `offset` + 4 of `width` rows, to four vectors of `width`.
template <int width>
inline void load_transposed_by_4(const float* const* rows, int64_t offset, float* to) {
  for (int k = 0; k < width; k += 4) {
    __m128 a = _mm_loadu_ps(rows[k] + offset), b = _mm_loadu_ps(rows[k + 1] + offset);
    __m128 c = _mm_loadu_ps(rows[k + 2] + offset), d = _mm_loadu_ps(rows[k + 3] + offset);
    transpose_4x4(a, b, c, d);
    _mm_storeu_ps(to + k, a);
    _mm_storeu_ps(to + width + k, b);
    _mm_storeu_ps(to + 2 * width + k, c);
    _mm_storeu_ps(to + 3 * width + k, d);
  }
}

// Floats, or integers of their size.
template <int width, typename T>
inline void store_transposed_by_4(const T* from, int64_t offset, T* const* rows) {
  const auto load = [](const T* at) { return _mm_castsi128_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))); };
  const auto store = [](T* at, __m128 row) { _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm_castps_si128(row)); };
  for (int k = 0; k < width; k += 4) {
    __m128 a = load(from + k), b = load(from + width + k);
    __m128 c = load(from + 2 * width + k), d = load(from + 3 * width + k);
    transpose_4x4(a, b, c, d);
    store(rows[k] + offset, a);
    store(rows[k + 1] + offset, b);
    store(rows[k + 2] + offset, c);
    store(rows[k + 3] + offset, d);
  }
}

// Doubles by two.
template <int width>
inline void load_transposed_by_2(const double* const* rows, int64_t offset, double* to) {
  for (int k = 0; k < width; k += 2) {
    const __m128d a = _mm_loadu_pd(rows[k] + offset), b = _mm_loadu_pd(rows[k + 1] + offset);
    _mm_storeu_pd(to + k, _mm_unpacklo_pd(a, b));
    _mm_storeu_pd(to + width + k, _mm_unpackhi_pd(a, b));
  }
}

template <int width>
inline void store_transposed_by_2(const double* from, int64_t offset, double* const* rows) {
  for (int k = 0; k < width; k += 2) {
    const __m128d a = _mm_loadu_pd(from + k), b = _mm_loadu_pd(from + width + k);
    _mm_storeu_pd(rows[k] + offset, _mm_unpacklo_pd(a, b));
    _mm_storeu_pd(rows[k + 1] + offset, _mm_unpackhi_pd(a, b));
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
