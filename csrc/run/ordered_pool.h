// Tasks in, results out in the order of the tasks, worked on by any number of threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace pyjetsim {

// What one thread puts in, workers take and answer, and one thread takes out. At most `room` tasks are on their way.
template <typename Task, typename Result>
class OrderedPool {
 public:
  explicit OrderedPool(std::size_t room) : room_(room) {}

  // Waits for room. False when the pool was stopped.
  bool put(Task task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || put_ - given_ < room_; });
    if (stopped_) return false;
    tasks_.emplace_back(put_++, std::move(task));
    changed_.notify_all();
    return true;
  }

  // No more tasks will come.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  // Every waiting thread is released, and unfinished work is dropped.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  // The same, for what a thread threw. The first that fails is kept.
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) failure_ = std::move(failure);
    stopped_ = true;
    changed_.notify_all();
  }

  std::exception_ptr failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  // The next task and its number; none when there are no more.
  std::optional<std::pair<std::size_t, Task>> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || closed_ || !tasks_.empty(); });
    if (stopped_ || tasks_.empty()) return std::nullopt;
    std::pair<std::size_t, Task> task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  // Waits until all tasks before this one have passed here, then calls `step`: what must be done in order. Every task
  // has to pass. False when the pool was stopped.
  template <typename Step>
  bool in_turn(std::size_t number, const Step& step) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, number] { return stopped_ || passed_ == number; });
    if (stopped_) return false;
    step();
    ++passed_;
    changed_.notify_all();
    return true;
  }

  void answer(std::size_t number, Result result) {
    const std::lock_guard lock(mutex_);
    results_.emplace(number, std::move(result));
    changed_.notify_all();
  }

  // The result of the next task; none when there are no more.
  std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || (closed_ && given_ == put_) || results_.count(given_) > 0; });
    const auto found = results_.find(given_);
    if (stopped_ || found == results_.end()) return std::nullopt;
    Result result = std::move(found->second);
    results_.erase(found);
    ++given_;
    changed_.notify_all();
    return result;
  }

 private:
  const std::size_t room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::size_t, Task>> tasks_;
  std::map<std::size_t, Result> results_;
  std::size_t put_ = 0, passed_ = 0, given_ = 0;
  bool closed_ = false, stopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace pyjetsim
