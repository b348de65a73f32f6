#include "run/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace pyjetsim {

namespace {

std::atomic<bool> noted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may use no lock");

void note(int) { noted = true; }

}  // namespace

void note_interrupts() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction former = {};
    ::sigaction(number, nullptr, &former);
    if (former.sa_handler == SIG_IGN) continue;
    struct sigaction action = {};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
  }
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return noted; }

namespace {
constexpr std::chrono::milliseconds kEvery(200);

// Whether the terminal can write a line anew.
bool redraws() {
  const char* const kind = std::getenv("TERM");
  return kind == nullptr || std::string_view(kind) != "dumb";
}

// A line that is longer would be broken, and stay.
std::size_t columns() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
}  // namespace

Progress::Progress(bool wanted) : shown_(wanted && ::isatty(STDERR_FILENO) == 1 && redraws()) {}

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
  char line[128];
  std::snprintf(line, sizeof line, "simulate: %zu events, %.0f events/s", events,
                static_cast<double>(events) / seconds);
  std::fprintf(stderr, "\r%.*s\x1b[K", static_cast<int>(columns() - 1), line);
}

}  // namespace pyjetsim
