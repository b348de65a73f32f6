// The vectors that every x86-64 processor has.
#pragma once

#include "kernels/cpu/lanes/x86.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

struct FloatMask {
  __m128 bits;
};
struct DoubleMask {
  __m128d bits;
};
PYJETSIM_X86_LANES(FloatLanes, float, __m128, FloatMask, 2, _mm, ps);
PYJETSIM_X86_LANES(DoubleLanes, double, __m128d, DoubleMask, 2, _mm, pd);

inline FloatMask operator==(FloatLanes a, FloatLanes b) { return {_mm_cmpeq_ps(a.vector, b.vector)}; }
inline FloatMask operator<(FloatLanes a, FloatLanes b) { return {_mm_cmplt_ps(a.vector, b.vector)}; }
inline FloatMask operator>(FloatLanes a, FloatLanes b) { return b < a; }
inline DoubleMask operator==(DoubleLanes a, DoubleLanes b) { return {_mm_cmpeq_pd(a.vector, b.vector)}; }
inline DoubleMask operator<(DoubleLanes a, DoubleLanes b) { return {_mm_cmplt_pd(a.vector, b.vector)}; }
inline DoubleMask operator>(DoubleLanes a, DoubleLanes b) { return b < a; }

inline FloatLanes select(FloatMask condition, FloatLanes yes, FloatLanes no) {
  return FloatLanes(_mm_or_ps(_mm_and_ps(condition.bits, yes.vector), _mm_andnot_ps(condition.bits, no.vector)));
}
inline DoubleLanes select(DoubleMask condition, DoubleLanes yes, DoubleLanes no) {
  return DoubleLanes(_mm_or_pd(_mm_and_pd(condition.bits, yes.vector), _mm_andnot_pd(condition.bits, no.vector)));
}
inline FloatLanes multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) { return a * b + c; }
inline DoubleLanes multiply_add(DoubleLanes a, DoubleLanes b, DoubleLanes c) { return a * b + c; }

inline void store_integers(FloatLanes a, int32_t* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_cvtps_epi32(a.vector));
}
inline void store_integers(DoubleLanes a, int32_t* to) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_cvtpd_epi32(a.vector));
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
