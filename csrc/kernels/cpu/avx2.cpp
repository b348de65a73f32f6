// Eight floats or four doubles a vector, sixteen vector registers, fused multiply-add.
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

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim

// The lanes come first: the kernels find their operations by them.
#include "kernels/cpu/instantiate.h"

namespace pyjetsim {

extern const CpuKernels<float> avx2_float = kernels_of<FloatLanes>();
extern const CpuKernels<double> avx2_double = kernels_of<DoubleLanes>();

}  // namespace pyjetsim
