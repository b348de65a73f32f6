// How far a run is: one line on a terminal, and nothing elsewhere.
#pragma once

#include <chrono>
#include <cstddef>

namespace pyjetsim {

class Progress {
 public:
  // `wanted` false: shows nothing.
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So many events are done.
  void show(std::size_t events);

 private:
  using Clock = std::chrono::steady_clock;

  bool shown_;
  bool dirty_ = false;
  Clock::time_point began_ = Clock::now(), last_ = began_;
};

}  // namespace pyjetsim
