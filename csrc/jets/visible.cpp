#include <algorithm>

#include "pyjetsim/selection.h"

namespace pyjetsim {

Span<const std::int32_t> invisible_pids() {
  static constexpr std::int32_t pids[] = {12,      14,      16,      18,      1000012, 1000014,
                                          1000016, 1000022, 1000023, 1000025, 1000035, 1000039};
  return {pids, sizeof pids / sizeof *pids};
}

bool is_visible(std::int32_t pid, Span<const std::int32_t> invisible) {
  const std::int64_t wide = pid;  // the lowest number has no absolute value of its own type
  return std::find(invisible.begin(), invisible.end(), wide < 0 ? -wide : wide) == invisible.end();
}

}  // namespace pyjetsim
