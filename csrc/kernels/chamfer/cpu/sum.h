// The one order in which minima are summed, whatever path a jet takes: so a jet's distance does not depend on the
// batch it is in.
#pragma once

#include <stdint.h>

#include "kernels/host_device.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

// Four partial sums, of the elements 0, 4, 8, ..., of 1, 5, 9, ... and so on: additions need not wait for each other.
template <typename V>
class OrderedSum {
 public:
  void add(int64_t i, V value) { parts_[i & 3] = parts_[i & 3] + value; }
  V total() const { return (parts_[0] + parts_[1]) + (parts_[2] + parts_[3]); }

 private:
  V parts_[4] = {V(0), V(0), V(0), V(0)};
};

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
