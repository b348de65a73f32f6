#include "pyjetsim/jets.h"

namespace pyjetsim {

Span<const std::int32_t> invisible_pids() {
  static constexpr std::int32_t pids[] = {12,      14,      16,      18,      1000012, 1000014,
                                          1000016, 1000022, 1000023, 1000025, 1000035, 1000039};
  return {pids, sizeof pids / sizeof *pids};
}

}  // namespace pyjetsim
