// Sixteen floats or eight doubles a vector, thirty-two vector registers, masks of their own.
#pragma once

#define PYJETSIM_FLAVOUR avx512
#include "kernels/cpu/x86.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

struct FloatMask {
  __mmask16 bits;
};
struct DoubleMask {
  __mmask8 bits;
};
PYJETSIM_X86_LANES(FloatLanes, float, __m512, FloatMask, 4, _mm512, ps);
PYJETSIM_X86_LANES(DoubleLanes, double, __m512d, DoubleMask, 4, _mm512, pd);

inline FloatMask operator==(FloatLanes a, FloatLanes b) { return {_mm512_cmp_ps_mask(a.vector, b.vector, _CMP_EQ_OQ)}; }
inline FloatMask operator<(FloatLanes a, FloatLanes b) { return {_mm512_cmp_ps_mask(a.vector, b.vector, _CMP_LT_OQ)}; }
inline FloatMask operator>(FloatLanes a, FloatLanes b) { return b < a; }
inline DoubleMask operator==(DoubleLanes a, DoubleLanes b) {
  return {_mm512_cmp_pd_mask(a.vector, b.vector, _CMP_EQ_OQ)};
}
inline DoubleMask operator<(DoubleLanes a, DoubleLanes b) {
  return {_mm512_cmp_pd_mask(a.vector, b.vector, _CMP_LT_OQ)};
}
inline DoubleMask operator>(DoubleLanes a, DoubleLanes b) { return b < a; }

inline FloatLanes select(FloatMask condition, FloatLanes yes, FloatLanes no) {
  return FloatLanes(_mm512_mask_mov_ps(no.vector, condition.bits, yes.vector));
}
inline DoubleLanes select(DoubleMask condition, DoubleLanes yes, DoubleLanes no) {
  return DoubleLanes(_mm512_mask_mov_pd(no.vector, condition.bits, yes.vector));
}
inline FloatLanes multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) {
  return FloatLanes(_mm512_fmadd_ps(a.vector, b.vector, c.vector));
}
inline DoubleLanes multiply_add(DoubleLanes a, DoubleLanes b, DoubleLanes c) {
  return DoubleLanes(_mm512_fmadd_pd(a.vector, b.vector, c.vector));
}

inline void store_integers(FloatLanes a, int32_t* to) { _mm512_storeu_si512(to, _mm512_cvtps_epi32(a.vector)); }
inline void store_integers(DoubleLanes a, int32_t* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtpd_epi32(a.vector));
}

// Four elements of sixteen jets at once: each quarter of a vector holds four jets, and transposes in place.
template <>
inline void load_transposed_by_4<16>(const float* const* rows, int64_t offset, float* to) {
  __m512 v[4];
  for (int k = 0; k < 4; ++k) {
    v[k] = _mm512_castps128_ps512(_mm_loadu_ps(rows[k] + offset));
    v[k] = _mm512_insertf32x4(v[k], _mm_loadu_ps(rows[4 + k] + offset), 1);
    v[k] = _mm512_insertf32x4(v[k], _mm_loadu_ps(rows[8 + k] + offset), 2);
    v[k] = _mm512_insertf32x4(v[k], _mm_loadu_ps(rows[12 + k] + offset), 3);
  }
  const __m512 ab_low = _mm512_unpacklo_ps(v[0], v[1]), ab_high = _mm512_unpackhi_ps(v[0], v[1]);
  const __m512 cd_low = _mm512_unpacklo_ps(v[2], v[3]), cd_high = _mm512_unpackhi_ps(v[2], v[3]);
  _mm512_storeu_ps(to, _mm512_shuffle_ps(ab_low, cd_low, 0x44));
  _mm512_storeu_ps(to + 16, _mm512_shuffle_ps(ab_low, cd_low, 0xee));
  _mm512_storeu_ps(to + 32, _mm512_shuffle_ps(ab_high, cd_high, 0x44));
  _mm512_storeu_ps(to + 48, _mm512_shuffle_ps(ab_high, cd_high, 0xee));
}

// --- What functions of floats are made of; as in portable_lanes.h.

inline FloatMask operator&(FloatMask a, FloatMask b) { return {static_cast<__mmask16>(a.bits & b.bits)}; }
inline FloatLanes fused_multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) { return multiply_add(a, b, c); }
inline __m512i bits_of(FloatLanes a) { return _mm512_castps_si512(a.vector); }
inline FloatLanes of_bits(__m512i bits) { return FloatLanes(_mm512_castsi512_ps(bits)); }
inline FloatLanes absolute(FloatLanes a) {
  return of_bits(_mm512_and_epi32(bits_of(a), _mm512_set1_epi32(0x7fffffff)));
}
inline FloatLanes with_sign(FloatLanes a, FloatLanes of) {
  const __m512i sign = _mm512_and_epi32(bits_of(of), _mm512_set1_epi32(static_cast<int32_t>(0x80000000u)));
  return of_bits(_mm512_or_epi32(bits_of(a), sign));
}
inline FloatLanes exponent(FloatLanes a) {
  return FloatLanes(_mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(bits_of(a), 23), _mm512_set1_epi32(127))));
}
inline FloatLanes mantissa(FloatLanes a) {
  const __m512i fraction = _mm512_and_epi32(bits_of(a), _mm512_set1_epi32(0x007fffff));
  return of_bits(_mm512_or_epi32(fraction, _mm512_set1_epi32(0x3f800000)));
}
inline FloatLanes power_of_two(FloatLanes a) {
  return of_bits(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(a.vector), _mm512_set1_epi32(127)), 23));
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
