// Processor time of a thread.
#pragma once

#include <ctime>

namespace pyjetsim {

// Not the clock's time: that of threads which wait for a core would be counted twice.
class Stopwatch {
 public:
  Stopwatch() : began_(now()) {}

  // Seconds since it was made, or since it was last asked. To be asked by the thread that made it.
  double lap() {
    const double before = began_;
    began_ = now();
    return began_ - before;
  }

 private:
  static double now() {
    std::timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double began_;
};

}  // namespace pyjetsim
