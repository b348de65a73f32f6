// Hands out pieces of a kernel's working memory.
#pragma once

#include <stdint.h>

#include "kernels/cpu/scratch.h"
#include "kernels/host_device.h"

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

class Arena {
 public:
  explicit Arena(int64_t bytes) : next_(static_cast<char*>(thread_scratch(static_cast<unsigned long>(bytes)))) {}

  template <typename T>
  T* take(int64_t count) {
    T* piece = reinterpret_cast<T*>(next_);
    next_ += padded<T>(count);
    return piece;
  }

  // What `take` uses up: whole cache lines.
  template <typename T>
  static constexpr int64_t padded(int64_t count) {
    return (count * static_cast<int64_t>(sizeof(T)) + 63) / 64 * 64;
  }

 private:
  char* next_;
};

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
