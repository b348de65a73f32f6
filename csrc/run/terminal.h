// A run and its terminal: signals that end it, such as Ctrl-C, and one line of progress.
#pragma once

#include <chrono>
#include <cstddef>

namespace pyjetsim {

// --- Ctrl-C, a batch system's kill and a closed terminal: recorded by a handler, and checked by the run.

// From now on SIGINT, SIGTERM and SIGHUP are noted and end nothing; those that are ignored stay so. A file that grows
// too large becomes an error of writing, not the end of the program.
void note_interrupts();
bool interrupted();

// --- How far a run is: one line on a terminal, and nothing elsewhere.

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
