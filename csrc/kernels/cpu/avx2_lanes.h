// Eight floats or four doubles a vector, sixteen vector registers, fused multiply-add.
#pragma once

#define PYJETSIM_FLAVOUR avx2
#include "kernels/cpu/x86.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

struct FloatMask {
  __m256 bits;
};
struct DoubleMask {
  __m256d bits;
};
PYJETSIM_X86_LANES(FloatLanes, float, __m256, FloatMask, 2, _mm256, ps);
PYJETSIM_X86_LANES(DoubleLanes, double, __m256d, DoubleMask, 2, _mm256, pd);

inline FloatMask operator==(FloatLanes a, FloatLanes b) { return {_mm256_cmp_ps(a.vector, b.vector, _CMP_EQ_OQ)}; }
inline FloatMask operator<(FloatLanes a, FloatLanes b) { return {_mm256_cmp_ps(a.vector, b.vector, _CMP_LT_OQ)}; }
inline FloatMask operator>(FloatLanes a, FloatLanes b) { return b < a; }
inline DoubleMask operator==(DoubleLanes a, DoubleLanes b) { return {_mm256_cmp_pd(a.vector, b.vector, _CMP_EQ_OQ)}; }
inline DoubleMask operator<(DoubleLanes a, DoubleLanes b) { return {_mm256_cmp_pd(a.vector, b.vector, _CMP_LT_OQ)}; }
inline DoubleMask operator>(DoubleLanes a, DoubleLanes b) { return b < a; }

inline FloatLanes select(FloatMask condition, FloatLanes yes, FloatLanes no) {
  return FloatLanes(_mm256_blendv_ps(no.vector, yes.vector, condition.bits));
}
inline DoubleLanes select(DoubleMask condition, DoubleLanes yes, DoubleLanes no) {
  return DoubleLanes(_mm256_blendv_pd(no.vector, yes.vector, condition.bits));
}
inline FloatLanes multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) {
  return FloatLanes(_mm256_fmadd_ps(a.vector, b.vector, c.vector));
}
inline DoubleLanes multiply_add(DoubleLanes a, DoubleLanes b, DoubleLanes c) {
  return DoubleLanes(_mm256_fmadd_pd(a.vector, b.vector, c.vector));
}

inline void store_integers(FloatLanes a, int32_t* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_cvtps_epi32(a.vector));
}
inline void store_integers(DoubleLanes a, int32_t* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtpd_epi32(a.vector));
}

// --- What functions of floats are made of; as in portable_lanes.h.

inline FloatMask operator&(FloatMask a, FloatMask b) { return {_mm256_and_ps(a.bits, b.bits)}; }
inline FloatLanes fused_multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) { return multiply_add(a, b, c); }
inline __m256i bits_of(FloatLanes a) { return _mm256_castps_si256(a.vector); }
inline FloatLanes of_bits(__m256i bits) { return FloatLanes(_mm256_castsi256_ps(bits)); }
inline FloatLanes absolute(FloatLanes a) {
  return of_bits(_mm256_and_si256(bits_of(a), _mm256_set1_epi32(0x7fffffff)));
}
inline FloatLanes with_sign(FloatLanes a, FloatLanes of) {
  const __m256i sign = _mm256_and_si256(bits_of(of), _mm256_set1_epi32(static_cast<int32_t>(0x80000000u)));
  return of_bits(_mm256_or_si256(bits_of(a), sign));
}
inline FloatLanes exponent(FloatLanes a) {
  return FloatLanes(_mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(bits_of(a), 23), _mm256_set1_epi32(127))));
}
inline FloatLanes mantissa(FloatLanes a) {
  const __m256i fraction = _mm256_and_si256(bits_of(a), _mm256_set1_epi32(0x007fffff));
  return of_bits(_mm256_or_si256(fraction, _mm256_set1_epi32(0x3f800000)));
}
inline FloatLanes power_of_two(FloatLanes a) {
  return of_bits(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(a.vector), _mm256_set1_epi32(127)), 23));
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
