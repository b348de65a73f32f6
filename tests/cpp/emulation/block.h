// Runs a grid of CUDA threads on the host, one after another: a thread runs until it waits for its warp or its block.
//
// What is emulated: warps of 32, __syncwarp, __syncthreads, shuffles and votes of whole warps, shared memory that
// starts as rubbish. What is not: memory order within a GPU, exited lanes, masks of part of a warp, time. A barrier
// that part of a warp or of a block does not reach ends the process with a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace emulation {

// The line of source that a thread waits at.
struct Site {
  const char* file;
  int line;
};

inline bool operator==(const Site& a, const Site& b) { return a.line == b.line && std::strcmp(a.file, b.file) == 0; }

enum class Order { kForward, kBackward };

struct Options {
  Order order = Order::kForward;  // in which the threads of a block get their turn
  std::int64_t only_block = -1;   // the one block of the grid to run; -1: all
  bool launches_fail = false;     // every launch returns an error
  Site ignored{"", 0};            // a barrier that is not there
  Site seen[8];                   // the barriers that threads reached
  int seen_count = 0;
};

Options& options();

// Calls `thread` for each of grid * threads threads. One grid at a time.
void run(std::int64_t grid, int threads, const std::function<void()>& thread);

// Of the running thread:
void sync_warp(unsigned mask, Site site);
void sync_block(Site site);
const std::uint64_t* exchange(unsigned mask, std::uint64_t value, Site site);  // the values of the warp's 32 lanes
void* shared(const void* name, std::size_t bytes);                             // one for each name and block

}  // namespace emulation
