// A source of numbers, modules that work on them, and an output that keeps them.
#pragma once

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "framework/module.h"
#include "framework/processor.h"

namespace pyjetsim::framework {

// Event i is run 1, luminosity block 2, event i, and has the number i, for i from 1.
class CountingSource : public Source {
 public:
  explicit CountingSource(int events, int fails_at = 0) : events_(events), fails_at_(fails_at) {}

  bool next(EventPrincipal& event) override {
    // Not atomic: ThreadSanitizer tells if two threads read at once.
    if (read_ >= events_) return false;
    ++read_;
    if (read_ == fails_at_) throw std::runtime_error("the disk is gone");
    event.set_id({1, 2, static_cast<std::uint64_t>(read_)});
    event.put(InputTag("source"), typeid(int), std::make_shared<const int>(read_));
    return true;
  }

  int read() const { return read_; }

 private:
  const int events_, fails_at_;
  int read_ = 0;
};

// Puts the square of a number, after a time that makes later events overtake. Fails at the events it is told to.
class SquareProducer : public stream::EDProducer<> {
 public:
  explicit SquareProducer(const ParameterSet& parameters)
      : input_(parameters.getParameter<std::string>("input")),
        fails_at_(parameters.getParameter<std::vector<std::int64_t>>("fails_at")),
        uneven_(parameters.getParameter<bool>("uneven")) {}

  static void fillDescriptions(ParameterSetDescription& description) {
    description.add<std::string>("input");
    description.add<std::vector<std::int64_t>>("fails_at", {});
    description.add<bool>("uneven", false);
  }

  void produce(Event& event, const EventSetup&) override {
    const int number = event.get<int>(input_);
    if (uneven_) std::this_thread::sleep_for(std::chrono::microseconds(number % 7 == 1 ? 2000 : 50));
    for (const std::int64_t bad : fails_at_) {
      if (bad == number) throw std::runtime_error("it is " + std::to_string(number));
    }
    event.put(std::make_unique<long>(long{number} * number));
  }

 private:
  const InputTag input_;
  const std::vector<std::int64_t> fails_at_;
  const bool uneven_;
};

// What happens to modules, counted over the whole job.
struct Calls {
  mutable std::atomic<int> streams{0}, begun{0}, ended{0};
  bool fails_at_end = false;
  mutable long sum = 0;  // of all events; added up as streams end, one after the other

  static inline std::atomic<int> caches{0}, ended_jobs{0};
  static inline long sum_of_job = 0;
  static void reset() { caches = ended_jobs = 0, sum_of_job = 0; }
};

class SumAnalyzer : public stream::EDAnalyzer<GlobalCache<Calls>> {
 public:
  SumAnalyzer(const ParameterSet& parameters, const Calls* calls)
      : input_(parameters.getParameter<std::string>("input")), fails_(parameters.getParameter<std::string>("fails")) {
    ++calls->streams;
    fail_in("constructor");
  }

  static void fillDescriptions(ParameterSetDescription& description) {
    description.add<std::string>("input");
    description.add<std::string>("fails", "never");
  }
  static std::unique_ptr<Calls> initializeGlobalCache(const ParameterSet& parameters) {
    if (parameters.getParameter<std::string>("fails") == "cache") throw std::runtime_error("in cache");
    ++Calls::caches;
    auto calls = std::make_unique<Calls>();
    calls->fails_at_end = parameters.getParameter<std::string>("fails") == "end of job";
    return calls;
  }
  static void globalEndJob(const Calls* calls) {
    ++Calls::ended_jobs;
    Calls::sum_of_job = calls->sum;
    if (calls->fails_at_end) throw std::runtime_error("in end of job");
  }

  void beginStream(StreamID stream) override {
    if (stream.value == 1) fail_in("begin of stream 1");
    ++globalCache()->begun;
  }
  void analyze(const Event& event, const EventSetup&) override { sum_ += event.get<long>(input_); }
  void endStream() override {
    ++globalCache()->ended;
    globalCache()->sum += sum_;
    fail_in("end");
  }

 private:
  void fail_in(const std::string& place) const {
    if (fails_ == place) throw std::runtime_error("in " + place);
  }

  const InputTag input_;
  const std::string fails_;
  long sum_ = 0;
};

// Keeps event numbers and squares in the order of writing.
class KeepingOutput : public OutputModule {
 public:
  explicit KeepingOutput(std::uint64_t fails_at = 0) : fails_at_(fails_at) {}

  void beginJob() override { ++begun; }
  void write(const Event& event) override {
    if (event.id().event == fails_at_) throw std::runtime_error("the disk is full");
    events.push_back(event.id().event);
    squares.push_back(event.get<long>(InputTag("square")));
  }
  void endJob() override { ++ended; }

  std::vector<std::uint64_t> events;
  std::vector<long> squares;
  int begun = 0, ended = 0;

 private:
  const std::uint64_t fails_at_;
};

inline ProcessConfig squares_of(unsigned threads, ParameterSet square = {}, ParameterSet sum = {}) {
  ProcessConfig config;
  config.path = {{"square", "SquareProducer", square.set("input", "source")},
                 {"sum", "SumAnalyzer", sum.set("input", "square")}};
  config.threads = threads;
  return config;
}

// What() of the Error that a call throws, or nothing.
template <typename Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace pyjetsim::framework
