#include "apps/progress.h"

#include <unistd.h>

#include <cstdio>

namespace pyjetsim {

namespace {
constexpr std::chrono::milliseconds kEvery(200);
}

Progress::Progress(bool wanted) : shown_(wanted && ::isatty(STDERR_FILENO) == 1) {}

// What stays is the summary.
Progress::~Progress() {
  if (dirty_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(std::size_t events) {
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - last_ < kEvery) return;
  last_ = now;
  dirty_ = true;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  std::fprintf(stderr, "\rsimulate: %zu events, %.0f events/s\x1b[K", events, static_cast<double>(events) / seconds);
}

}  // namespace pyjetsim
