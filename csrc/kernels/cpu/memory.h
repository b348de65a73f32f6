// Working memory of a kernel: one block a thread, kept and grown, so that no call allocates once it has the size.
#pragma once

#include <stdint.h>

#include <cstddef>

#include "kernels/arithmetic.h"
#include "pyjetsim/export.h"

namespace pyjetsim {

// At least `bytes`, aligned for any vector; what an earlier call returned on this thread is void.
PYJETSIM_EXPORT void* thread_scratch(std::size_t bytes);

inline namespace PYJETSIM_FLAVOUR {

// --- Hands out pieces of a kernel's working memory.

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
