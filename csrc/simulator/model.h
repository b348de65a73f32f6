// What JetSimulator and Graph are made of: a loaded bundle, and how the rows of a call are shared among threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backends/backend.h"
#include "bundle/files.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

struct LoadedModel {
  Manifest manifest;
  std::unique_ptr<const Backend> backend;
  std::size_t threads;
  std::size_t
      block;  // rows in one inference; it does not depend on the number of threads, and so neither do the answers
};

// The backend of a bundle that was read, its golden rows replayed. Throws Error.
LoadedModel load_model(const Bundle& bundle, const SimulatorOptions& options);

// Whether no number is NaN or infinite.
bool all_finite(Span<const float> numbers);

// Calls work(block, worker) for every block of `rows`; workers are numbered from 0 to the number of threads, and none
// does two blocks at once. The calling thread is one of them, and calls `between`, if there is one, before each of its
// blocks but the first. Blocks are taken in their order by whoever is free. Throws what the earliest block threw.
template <typename Work>
void run_blocks(const LoadedModel& model, std::size_t rows, const std::function<void()>* between, const Work& work) {
  const std::size_t blocks = (rows + model.block - 1) / model.block;
  const std::size_t threads = std::min(model.threads, blocks);
  if (threads <= 1) {
    for (std::size_t block = 0; block < blocks; ++block) {
      if (block > 0 && between != nullptr) (*between)();
      work(block, std::size_t{0});
    }
    return;
  }
  std::vector<std::exception_ptr> problems(blocks);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work_on = [&](std::size_t worker, const std::function<void()>* before) {
    while (!failed) {
      const std::size_t block = next++;
      if (block >= blocks) return;
      try {
        if (block > 0 && before != nullptr) (*before)();
        work(block, worker);
      } catch (...) {
        problems[block] = std::current_exception();
        failed = true;
      }
    }
  };
  std::vector<std::thread> crew;
  crew.reserve(threads);
  try {
    while (crew.size() + 1 < threads) crew.emplace_back(work_on, crew.size() + 1, nullptr);
  } catch (const std::exception&) {
    // The system allows no more: those that are there do it.
  }
  work_on(0, between);
  for (std::thread& each : crew) each.join();
  // The first, which one thread would have met: all before it were taken before it and are finished.
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

}  // namespace pyjetsim
