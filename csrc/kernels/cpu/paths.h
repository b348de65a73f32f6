// Which set of instructions the kernels run with: the best that this processor has, chosen once, at run time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cpu/kernels.h"
#include "pyjetsim/export.h"

namespace pyjetsim {

// Those that this processor can run, best first.
PYJETSIM_EXPORT const std::vector<const CpuPath*>& cpu_paths();

PYJETSIM_EXPORT const CpuPath& current_cpu_path();

// For tests and measurements: takes one path by name, for every thread. Throws Error where it cannot run.
PYJETSIM_EXPORT void use_cpu_path(const std::string& name);

// --- How a batch is dealt out to threads.

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
