// How many threads torch may use inside one call.
#pragma once

#include <ATen/Parallel.h>

namespace pyjetsim {

// torch keeps the number for each calling thread. It is ours for the life of this object, and the caller's afterwards.
class ThreadCount {
 public:
  explicit ThreadCount(int wanted) : before_(at::get_num_threads()), changed_(wanted != before_) {
    if (changed_) at::set_num_threads(wanted);
  }
  ~ThreadCount() {
    if (changed_) at::set_num_threads(before_);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
  bool changed_;
};

}  // namespace pyjetsim
