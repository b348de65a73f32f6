#include "pyjetsim/noise.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pyjetsim {
namespace {

using Block = std::array<std::uint64_t, 4>;

struct Product {
  std::uint64_t high, low;
};

#ifdef __SIZEOF_INT128__
Product multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
}
#else
// From 32-bit halves: standard C++ on every platform.
Product multiply(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t mask = 0xffffffffu;
  const std::uint64_t a_low = a & mask, a_high = a >> 32, b_low = b & mask, b_high = b >> 32;
  const std::uint64_t low = a_low * b_low;
  const std::uint64_t middle = a_high * b_low + (low >> 32);
  const std::uint64_t other = a_low * b_high + (middle & mask);
  return {a_high * b_high + (middle >> 32) + (other >> 32), a * b};
}
#endif

Block philox4x64(Block counter, std::uint64_t key0, std::uint64_t key1) {
  for (int round = 0; round < 10; ++round) {
    const Product p0 = multiply(0xD2E7470EE14C6C93u, counter[0]);
    const Product p1 = multiply(0xCA5A826395121157u, counter[2]);
    counter = {p1.high ^ counter[1] ^ key0, p1.low, p0.high ^ counter[3] ^ key1, p0.low};
    key0 += 0x9E3779B97F4A7C15u;
    key1 += 0xBB67AE8584CAA73Bu;
  }
  return counter;
}

// (0, 1]: never 0, so that its logarithm is finite.
double uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1.0p-53; }

}  // namespace

void jet_noise(std::uint64_t seed, const JetId& id, std::size_t n_dimensions, float* noise) {
  constexpr double two_pi = 6.283185307179586476925286766559;
  const std::uint64_t run_block = (static_cast<std::uint64_t>(id.run) << 32) | id.luminosity_block;
  for (std::size_t block = 0; 4 * block < n_dimensions; ++block) {
    // NumPy counts up before its first block, so the first is 1.
    const Block bits = philox4x64({block + 1, id.jet, id.event, id.copy}, seed, run_block);
    for (std::size_t pair = 0; pair < 2; ++pair) {
      const double radius = std::sqrt(-2.0 * std::log(uniform(bits[2 * pair])));
      const double angle = two_pi * uniform(bits[2 * pair + 1]);
      const std::size_t first = 4 * block + 2 * pair;
      if (first < n_dimensions) noise[first] = static_cast<float>(radius * std::cos(angle));
      if (first + 1 < n_dimensions) noise[first + 1] = static_cast<float>(radius * std::sin(angle));
    }
  }
}

void jet_noise(std::uint64_t seed, const JetId& id, std::size_t n_dimensions, std::size_t of_event, float* noise) {
  jet_noise(seed, id, n_dimensions, noise);
  if (of_event == 0) return;
  JetId event = id;
  event.jet = kWholeEvent;
  jet_noise(seed, event, std::min(of_event, n_dimensions), noise);
}

}  // namespace pyjetsim
