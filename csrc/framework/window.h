// The events in flight: read in turn by any thread, processed in any order, written in the order they were read.
//
// There is room for a fixed number. Whoever would read on waits until the oldest is written, so that memory does not
// grow with a slow event. The thread that has the oldest never waits, so that all get on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <vector>

#include "framework/processor.h"

namespace pyjetsim::framework {

class EventWindow {
 public:
  EventWindow(Source& source, const std::vector<OutputModule*>& outputs, std::size_t size,
              const std::atomic<bool>& stop);

  struct Slot {
    EventPrincipal event;
    std::size_t number = 0;  // in the order of the source
    bool processed = false;
  };

  // The next event, to be handed back to processed() or failed(); null where there are no more, after a failure and
  // after a stop.
  Slot* next();
  void processed(Slot& slot);
  // Nothing more is read. Events before this one are still written, those after it are not: what is written does not
  // depend on threads. Of several failures that of the earliest event counts.
  void failed(const Slot& slot, std::exception_ptr error) { fail(slot.number, std::move(error)); }
  // Nothing more is read, and everything in flight is written.
  void failed_to_run(std::exception_ptr error);

  // When all threads are done.
  std::exception_ptr error() const { return error_; }
  void add_to(Summary& summary) const;

 private:
  Slot& slot(std::size_t number) { return slots_[number % slots_.size()]; }
  bool can_write() { return written_ < read_ && written_ < failed_at_ && slot(written_).processed; }
  void fail(std::size_t number, std::exception_ptr error);
  bool read_into(Slot& slot);
  void write(Slot& slot);

  Source& source_;
  const std::vector<OutputModule*>& outputs_;
  const std::atomic<bool>& stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::size_t read_ = 0, written_ = 0;
  bool reading_ = false, writing_ = false, ended_ = false, stopped_ = false;
  std::size_t failed_at_;  // the number of the earliest event that failed
  std::exception_ptr error_;
  double reading_seconds_ = 0, writing_seconds_ = 0;  // guarded by reading_ and writing_
};

}  // namespace pyjetsim::framework
