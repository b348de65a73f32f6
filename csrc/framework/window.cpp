#include "framework/window.h"

#include <limits>
#include <utility>

#include "framework/module.h"

namespace pyjetsim::framework {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
constexpr const char* kStops = "the job stops; what came before is written";

}  // namespace

EventWindow::EventWindow(Source& source, const std::vector<OutputModule*>& outputs, std::size_t size,
                         const std::atomic<bool>& stop)
    : source_(source), outputs_(outputs), stop_(stop), slots_(size), failed_at_(kNever) {}

EventWindow::Slot* EventWindow::next() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || (!reading_ && read_ < written_ + slots_.size()); });
  if (ended_) return nullptr;
  if (stop_) {
    stopped_ = ended_ = true;
    changed_.notify_all();
    return nullptr;
  }
  Slot& free = slot(read_);
  free.number = read_;
  reading_ = true;
  lock.unlock();

  bool more = false;
  std::exception_ptr error;
  try {
    more = read_into(free);
  } catch (...) {
    error = std::current_exception();
  }

  lock.lock();
  reading_ = false;
  if (more) ++read_;
  ended_ = ended_ || !more;
  changed_.notify_all();
  lock.unlock();
  if (error) fail(free.number, std::move(error));
  return more ? &free : nullptr;
}

void EventWindow::processed(Slot& done) {
  std::unique_lock<std::mutex> lock(mutex_);
  done.processed = true;
  if (writing_) return;  // whoever writes will come to it
  writing_ = true;
  while (can_write()) {
    Slot& oldest = slot(written_);
    lock.unlock();
    std::exception_ptr error;
    try {
      write(oldest);
    } catch (...) {
      error = std::current_exception();
    }
    oldest.event.clear();
    if (error) fail(oldest.number, std::move(error));
    lock.lock();
    oldest.processed = false;
    if (oldest.number < failed_at_) ++written_;
    changed_.notify_all();
  }
  writing_ = false;
}

void EventWindow::fail(std::size_t number, std::exception_ptr error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  if (number < failed_at_) {
    failed_at_ = number;
    error_ = std::move(error);
  }
  changed_.notify_all();
}

void EventWindow::failed_to_run(std::exception_ptr error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  if (!error_) error_ = std::move(error);
  changed_.notify_all();
}

bool EventWindow::read_into(Slot& slot) {
  const Stopwatch watch(reading_seconds_);
  try {
    slot.event.clear();
    return source_.next(slot.event);
  } catch (...) {
    throw ModuleError("event " + std::to_string(slot.number + 1) + " of the job", "the source", kStops);
  }
}

void EventWindow::write(Slot& slot) {
  const Stopwatch watch(writing_seconds_);
  for (OutputModule* output : outputs_) {
    const ModuleDescription module = description_of(*output);
    try {
      output->write(Event(slot.event, module, {0}));
    } catch (...) {
      throw ModuleError(text(slot.event.id()), module.text(), kStops);
    }
  }
}

void EventWindow::add_to(Summary& summary) const {
  summary.events = written_;
  summary.stopped = stopped_;
  summary.reading_seconds = reading_seconds_;
  summary.writing_seconds = writing_seconds_;
}

}  // namespace pyjetsim::framework
