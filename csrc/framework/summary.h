// Where a job's time went.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "framework/module_description.h"

namespace pyjetsim::framework {

struct ModuleTime {
  ModuleDescription module;
  std::vector<double> seconds;  // one number a stream
};

struct Summary {
  std::size_t events = 0;  // read, processed and written
  bool stopped = false;    // by stop(), before the source had no more
  double seconds = 0;      // of the event loop
  double reading_seconds = 0;
  double writing_seconds = 0;
  std::vector<ModuleTime> modules;  // in the order of the path
};

// Adds the time from here to the end of its scope.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace pyjetsim::framework
