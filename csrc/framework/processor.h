// A job: a source, modules that events go through one after the other, and outputs.
//
//   ProcessConfig config;
//   config.path = {{"sim", "JetSimProducer", ParameterSet().set("bundle", "bundle").set("particles", "source")}};
//   config.threads = 4;
//   EventProcessor processor(config, source, {&output});
//   processor.run();
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "framework/event.h"
#include "framework/module.h"
#include "framework/parameters.h"

namespace pyjetsim::framework {

// --- Where events come from.

class Source {
 public:
  virtual ~Source() = default;
  // Fills an empty event: set_id() and products. False where there are no more. Never called by two threads at once,
  // but by different ones in turn.
  virtual bool next(EventPrincipal& event) = 0;
};

// --- Where events go: one instance a job, which sees them in the order of the source whatever the number of threads.

class OutputModule {
 public:
  virtual ~OutputModule() = default;
  virtual void beginJob() {}
  // Never called by two threads at once, but by different ones in turn.
  virtual void write(const Event& event) = 0;
  // Called after a failure, too: what was written until then is kept.
  virtual void endJob() {}
};

// Outputs have no labels: the program made them.
inline ModuleDescription description_of(const OutputModule& output) { return {"output", type_name(typeid(output))}; }

// --- Where a job's time went.

struct ModuleTime {
  ModuleDescription module;
  std::vector<double> seconds;  // one number a stream
};

struct Summary {
  std::size_t events = 0;  // read, processed and written
  bool stopped = false;    // by stop(), before the source had no more
  double seconds = 0;      // of the event loop
  double reading_seconds = 0;
  double writing_seconds = 0;
  std::vector<ModuleTime> modules;  // in the order of the path
};

// Adds the time from here to the end of its scope.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

// --- One stream: its instance of every module, which one event after another goes through.

// A module of the path, made for the whole job.
struct PathModule {
  ModuleDescription description;
  std::unique_ptr<const GlobalModule> global;
};

class StreamSchedule {
 public:
  // Makes the instances. Throws ModuleError.
  StreamSchedule(const std::vector<PathModule>& path, const EventSetup& setup, StreamID stream);

  void begin_stream();
  void process(EventPrincipal& event);
  // Of those modules that have begun; all of them, then throws the first error.
  void end_stream();

  double seconds(std::size_t module) const { return modules_[module].seconds; }

 private:
  struct Running {
    const ModuleDescription* description;
    std::unique_ptr<StreamModule> module;
    double seconds = 0;
  };

  const EventSetup& setup_;
  StreamID stream_;
  std::vector<Running> modules_;
  std::size_t begun_ = 0;
};

// --- A job: a source, modules that events go through one after the other, and outputs.
//
//   ProcessConfig config;
//   config.path = {{"sim", "JetSimProducer", ParameterSet().set("bundle", "bundle").set("particles", "source")}};
//   config.threads = 4;
//   EventProcessor processor(config, source, {&output});
//   processor.run();

struct ModuleConfig {
  std::string label;  // what its products are found by
  std::string type;   // what DEFINE_FWK_MODULE called it
  ParameterSet parameters;
};

struct ProcessConfig {
  std::vector<ModuleConfig> path;  // in the order in which they see an event
  EventSetup setup;
  unsigned threads = 1;              // and streams: each thread runs one
  std::size_t events_in_flight = 0;  // at most; 0: eight times the threads
};

class EventProcessor {
 public:
  // Checks all parameters and makes all global caches. Throws Error. Source and outputs must live as long.
  EventProcessor(const ProcessConfig& config, Source& source, std::vector<OutputModule*> outputs = {});

  // Runs all events, once. What outputs get does not depend on the number of threads.
  //
  // After the first error, in the order of events, all streams, modules and outputs that began are ended as after the
  // last event; then it is thrown.
  const Summary& run();

  // Makes run() return after the events in flight. For signal handlers and other threads.
  void stop() noexcept { stop_ = true; }

  const Summary& summary() const { return summary_; }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may call stop()");

  void make_path(const std::vector<ModuleConfig>& modules);
  void run_events();
  void summarize(const std::vector<StreamSchedule>& streams);

  EventSetup setup_;
  unsigned threads_;
  std::size_t events_in_flight_;
  Source& source_;
  std::vector<OutputModule*> outputs_;
  std::vector<PathModule> path_;
  std::atomic<bool> stop_{false};
  bool ran_ = false;
  Summary summary_;
};

}  // namespace pyjetsim::framework
