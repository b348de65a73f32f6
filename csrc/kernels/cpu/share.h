// How a batch is dealt out to threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pyjetsim {

struct Share {
  std::int64_t jets;   // that stay together
  std::int64_t least;  // of these, that repay waking a thread
};

// `work` is about how many pairs of points one jet costs.
constexpr Share share_of(std::int64_t work) {
  constexpr std::int64_t kGroup = 16;         // jets of the widest vector
  constexpr std::int64_t kWorth = 64 * 1024;  // pairs
  if (work >= kWorth) return {1, 1};          // or sixteen jets of thousands of points would have one thread
  return {kGroup, std::max<std::int64_t>(1, kWorth / (kGroup * std::max<std::int64_t>(1, work)))};
}

}  // namespace pyjetsim
