// A job: a source, modules that events go through one after the other, and outputs.
//
//   ProcessConfig config;
//   config.path = {{"sim", "JetSimProducer", ParameterSet().set("bundle", "bundle").set("particles", "source")}};
//   config.threads = 4;
//   EventProcessor processor(config, source, {&output});
//   processor.run();
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "framework/event_setup.h"
#include "framework/output_module.h"
#include "framework/parameter_set.h"
#include "framework/source.h"
#include "framework/stream_schedule.h"
#include "framework/summary.h"

namespace pyjetsim::framework {

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
