// The most float32 operations a second that one core can do: chains of fused multiply-adds that do not wait for
// one another. Built and called by _peak.py; not part of the package.

#include <chrono>

namespace {

// Ports times latency is 8 to 10 on today's cores; 12 chains and two constants fit in 16 registers.
constexpr int kChains = 12;

typedef float Vector128 __attribute__((vector_size(16)));
typedef float Vector256 __attribute__((vector_size(32)));
typedef float Vector512 __attribute__((vector_size(64)));

template <typename Vector>
double flops_a_second(double seconds) {
  constexpr int kLanes = sizeof(Vector) / sizeof(float);
  // Volatile: known values would be folded.
  volatile float factor = 0.999f, term = 0.001f;
  Vector multiplier{}, addend{};
  multiplier += factor;
  addend += term;
  Vector chain[kChains];
  for (int i = 0; i < kChains; ++i) chain[i] = addend * static_cast<float>(i);

  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double elapsed = 0;
  long rounds = 0;
  while (elapsed < seconds) {
    for (int turn = 0; turn < 4096; ++turn) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) chain[i] = chain[i] * multiplier + addend;
    }
    rounds += 4096;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  Vector sum{};
  for (int i = 0; i < kChains; ++i) sum += chain[i];
  volatile float sink = sum[0];
  (void)sink;
  return 2.0 * kLanes * kChains * static_cast<double>(rounds) / elapsed;
}

}  // namespace

/// FLOP/s with vectors of so many bits, 0 where the processor has none.
extern "C" double fma_peak(int bits, double seconds) {
  switch (bits) {
    case 128:
      return flops_a_second<Vector128>(seconds);
#ifdef __AVX__
    case 256:
      return flops_a_second<Vector256>(seconds);
#endif
#ifdef __AVX512F__
    case 512:
      return flops_a_second<Vector512>(seconds);
#endif
    default:
      return 0;
  }
}
