#include "emulation/block.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "emulation/cuda_runtime.h"
#include "emulation/fiber.h"

namespace emulation {
namespace {

constexpr int kWarp = 32;
constexpr int kMostThreads = 1024;
constexpr int kMostShared = 16;

enum class State { kRunnable, kAtWarp, kAtBlock, kDone };

struct Thread {
  std::unique_ptr<Fiber> fiber;
  State state;
  Site site;
  int exchanges;
  std::uint64_t value[2];
};

struct Shared {
  const void* name;
  void* memory;
};

// Plain arrays: a container's functions could be linked from a file that a sanitizer watches.
Thread threads[kMostThreads];
Shared shared_variables[kMostShared];
std::uint64_t exchanged[kMostThreads / kWarp][2][kWarp];
int thread_count, current, shared_count;
const std::function<void()>* body;

// After the threads, which keep references to it, and never destroyed, as they are not.
Context& scheduler() {
  static auto* context = new Context;
  return *context;
}

// What TSan takes for an order of events: all before a release are before all after an acquire.
void release([[maybe_unused]] void* what) {
#if defined(EMULATION_UNDER_TSAN)
  __tsan_release(what);
#endif
}
void acquire([[maybe_unused]] void* what) {
#if defined(EMULATION_UNDER_TSAN)
  __tsan_acquire(what);
#endif
}

[[noreturn]] void fail(const char* what, Site site) {
  std::fprintf(stderr, "emulation: %s (%s:%d, block %u, thread %d)\n", what, site.file, site.line, blockIdx.x, current);
  std::abort();
}

void thread_body() {
  acquire(&body);
  (*body)();
  release(&body);
  threads[current].state = State::kDone;
  threads[current].fiber->switch_to(scheduler());
}

void wait(State state, Site site) {
  const int self = current;
  threads[self].state = state;
  threads[self].site = site;
  threads[self].fiber->switch_to(scheduler());
}

// Lets threads [begin, end) go on if all of them wait in `state` at one place. False if none of them does so.
bool pass(int begin, int end, State state) {
  int waiting = 0, first = -1;
  for (int t = begin; t < end; ++t) {
    if (threads[t].state != state) continue;
    if (first < 0) first = t;
    current = t;
    if (!(threads[t].site == threads[first].site)) fail("threads wait at different barriers", threads[t].site);
    ++waiting;
  }
  if (waiting == 0 || waiting < end - begin) return false;
  for (int t = begin; t < end; ++t) threads[t].state = State::kRunnable;
  return true;
}

void run_block() {
  const bool backward = options().order == Order::kBackward;
  release(&body);
  for (int t = 0; t < thread_count; ++t) {
    threads[t].state = State::kRunnable;
    threads[t].exchanges = 0;
    if (!threads[t].fiber) threads[t].fiber = std::make_unique<Fiber>(thread_body, scheduler());
  }
  for (;;) {
    int done = 0;
    for (int turn = 0; turn < thread_count; ++turn) {
      current = backward ? thread_count - 1 - turn : turn;
      threadIdx.x = static_cast<unsigned>(current);
      if (threads[current].state == State::kRunnable) scheduler().switch_to(*threads[current].fiber);
      done += threads[current].state == State::kDone;
    }
    if (done == thread_count) break;
    bool passed = pass(0, thread_count, State::kAtBlock);
    for (int t = 0; t < thread_count; t += kWarp) passed |= pass(t, t + kWarp, State::kAtWarp);
    if (passed) continue;
    for (current = 0; threads[current].state == State::kDone;) ++current;
    fail("a barrier that not all threads reach", threads[current].site);
  }
  acquire(&body);
  for (; shared_count > 0; --shared_count) std::free(shared_variables[shared_count - 1].memory);
}

// False if the barrier is one to be ignored.
bool stands(Site site) {
  Options& all = options();
  int i = 0;
  while (i < all.seen_count && !(all.seen[i] == site)) ++i;
  if (i == all.seen_count && i < static_cast<int>(sizeof all.seen / sizeof site)) all.seen[all.seen_count++] = site;
  return !(site == all.ignored);
}

}  // namespace

Options& options() {
  static Options all;
  return all;
}

void run(std::int64_t grid, int block, const std::function<void()>& thread) {
  if (grid < 1 || block < kWarp || block > kMostThreads || block % kWarp != 0) {
    fail("a grid without blocks, or a block that is not of whole warps", {__FILE__, __LINE__});
  }
  thread_count = block;
  body = &thread;
  gridDim.x = static_cast<unsigned>(grid);
  blockDim.x = static_cast<unsigned>(block);
  const std::int64_t only = options().only_block;
  for (std::int64_t b = only < 0 ? 0 : only; b < (only < 0 ? grid : only + 1); ++b) {
    blockIdx.x = static_cast<unsigned>(b);
    run_block();
  }
}

void sync_warp(unsigned mask, Site site) {
  if (mask != 0xffffffffu) fail("a mask that leaves lanes out is not emulated", site);
  if (!stands(site)) return;
  void* warp = exchanged[current / kWarp];
  release(warp);
  wait(State::kAtWarp, site);
  acquire(warp);
}

void sync_block(Site site) {
  if (!stands(site)) return;
  release(exchanged);
  wait(State::kAtBlock, site);
  acquire(exchanged);
}

const std::uint64_t* exchange(unsigned mask, std::uint64_t value, Site site) {
  if (mask != 0xffffffffu) fail("a mask that leaves lanes out is not emulated", site);
  // In turns, since a lane may be one exchange ahead of those that have yet to read. It orders no memory.
  auto& values = exchanged[current / kWarp][threads[current].exchanges++ % 2];
  values[current % kWarp] = value;
  wait(State::kAtWarp, site);
  return values;
}

void* shared(const void* name, std::size_t bytes) {
  for (int i = 0; i < shared_count; ++i) {
    if (shared_variables[i].name != name) continue;
    acquire(&shared_variables[i]);
    return shared_variables[i].memory;
  }
  if (shared_count == kMostShared) fail("too many shared variables", {__FILE__, __LINE__});
  Shared& variable = shared_variables[shared_count++];
  variable = {name, std::aligned_alloc(16, (bytes + 15) / 16 * 16)};
  std::memset(variable.memory, 0xff, bytes);  // NaN
  release(&variable);
  return variable.memory;
}

}  // namespace emulation
