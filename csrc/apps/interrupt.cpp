#include "apps/interrupt.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

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

}  // namespace pyjetsim
