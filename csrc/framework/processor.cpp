#include "framework/processor.h"

#include <exception>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "framework/module.h"
#include "framework/window.h"

namespace pyjetsim::framework {

class FirstError {
 public:
  // Does a step; if it throws, goes on and keeps the error, unless there is one.
  template <typename Step>
  void keep(Step&& step) {
    try {
      std::forward<Step>(step)();
    } catch (...) {
      add(std::current_exception());
    }
  }
  void add(std::exception_ptr error) {
    if (!error_) error_ = std::move(error);
  }
  explicit operator bool() const { return error_ != nullptr; }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
};

namespace {

std::string named(StreamID stream) { return "stream " + std::to_string(stream.value); }

}  // namespace

StreamSchedule::StreamSchedule(const std::vector<PathModule>& path, const EventSetup& setup, StreamID stream)
    : setup_(setup), stream_(stream) {
  modules_.reserve(path.size());
  for (const PathModule& each : path) {
    try {
      modules_.push_back({&each.description, each.global->make_stream()});
    } catch (...) {
      throw ModuleError(named(stream), each.description.text(), "no event is read");
    }
  }
}

void StreamSchedule::begin_stream() {
  for (Running& each : modules_) {
    try {
      each.module->beginStream(stream_);
    } catch (...) {
      throw ModuleError("begin of " + named(stream_), each.description->text(), "no event is read");
    }
    ++begun_;
  }
}

void StreamSchedule::process(EventPrincipal& principal) {
  for (Running& each : modules_) {
    const Stopwatch watch(each.seconds);
    try {
      Event event(principal, *each.description, stream_);
      each.module->doEvent(event, setup_);
    } catch (...) {
      throw ModuleError(text(principal.id()), each.description->text(), "the job stops; events before it are written");
    }
  }
}

void StreamSchedule::end_stream() {
  FirstError error;
  for (std::size_t i = 0; i < begun_; ++i) {
    error.keep([&] {
      try {
        modules_[i].module->endStream();
      } catch (...) {
        throw ModuleError("end of " + named(stream_), modules_[i].description->text(), "its results are not whole");
      }
    });
  }
  begun_ = 0;
  error.rethrow();
}

namespace {

constexpr std::size_t kEventsInFlightPerThread = 8;

// What a thread does: one event after another, until there are no more.
void process_events(StreamSchedule& stream, EventWindow& window) {
  while (EventWindow::Slot* slot = window.next()) {
    try {
      stream.process(slot->event);
    } catch (...) {
      window.failed(*slot, std::current_exception());
      continue;
    }
    window.processed(*slot);
  }
}

// The calling thread runs the first stream.
void process_in_threads(std::vector<StreamSchedule>& streams, EventWindow& window) {
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < streams.size(); ++i) {
      threads.emplace_back(process_events, std::ref(streams[i]), std::ref(window));
    }
    process_events(streams[0], window);
  } catch (...) {
    window.failed_to_run(std::current_exception());
  }
  for (std::thread& thread : threads) thread.join();
}

void check_label(const std::string& label, std::set<std::string>& labels) {
  if (label.empty() || label.find(':') != std::string::npos) {
    throw Error("a module is labelled '" + label + "'", "products are found by 'label:instance'",
                "give it a label without a colon");
  }
  if (!labels.insert(label).second) {
    throw Error("two modules are labelled '" + label + "'", "products are found by label", "give each its own");
  }
}

}  // namespace

EventProcessor::EventProcessor(const ProcessConfig& config, Source& source, std::vector<OutputModule*> outputs)
    : setup_(config.setup),
      threads_(config.threads),
      events_in_flight_(config.events_in_flight > 0 ? config.events_in_flight
                                                    : kEventsInFlightPerThread * config.threads),
      source_(source),
      outputs_(std::move(outputs)) {
  if (threads_ == 0) throw Error("the job has 0 threads", "nothing would run", "give at least 1");
  make_path(config.path);
}

void EventProcessor::make_path(const std::vector<ModuleConfig>& modules) {
  std::set<std::string> labels;
  for (const ModuleConfig& each : modules) {
    check_label(each.label, labels);
    PathModule module{{each.label, each.type}, nullptr};
    module.global = ModuleRegistry::instance().make(module.description, each.parameters);
    path_.push_back(std::move(module));
  }
}

const Summary& EventProcessor::run() {
  if (ran_) throw Error("this job has run", "its modules have ended", "make another EventProcessor");
  ran_ = true;
  FirstError error;
  std::size_t begun = 0;
  error.keep([&] {
    for (; begun < outputs_.size(); ++begun) {
      try {
        outputs_[begun]->beginJob();
      } catch (...) {
        throw ModuleError("begin of the job", description_of(*outputs_[begun]).text(), "no event is read");
      }
    }
    run_events();
  });
  for (const PathModule& each : path_) {
    error.keep([&] {
      try {
        each.global->end_job();
      } catch (...) {
        throw ModuleError("end of the job", each.description.text(), "its results are not whole");
      }
    });
  }
  for (std::size_t i = 0; i < begun; ++i) {
    error.keep([&] {
      try {
        outputs_[i]->endJob();
      } catch (...) {
        throw ModuleError("end of the job", description_of(*outputs_[i]).text(), "its results are not whole");
      }
    });
  }
  error.rethrow();
  return summary_;
}

void EventProcessor::run_events() {
  std::vector<StreamSchedule> streams;
  streams.reserve(threads_);
  for (unsigned i = 0; i < threads_; ++i) streams.emplace_back(path_, setup_, StreamID{i});

  FirstError error;
  error.keep([&] {
    for (StreamSchedule& stream : streams) stream.begin_stream();
    EventWindow window(source_, outputs_, events_in_flight_, stop_);
    {
      const Stopwatch watch(summary_.seconds);
      process_in_threads(streams, window);
    }
    window.add_to(summary_);
    if (window.error()) std::rethrow_exception(window.error());
  });
  for (StreamSchedule& stream : streams) error.keep([&] { stream.end_stream(); });
  summarize(streams);
  error.rethrow();
}

void EventProcessor::summarize(const std::vector<StreamSchedule>& streams) {
  for (std::size_t i = 0; i < path_.size(); ++i) {
    ModuleTime time{path_[i].description, {}};
    for (const StreamSchedule& stream : streams) time.seconds.push_back(stream.seconds(i));
    summary_.modules.push_back(std::move(time));
  }
}

}  // namespace pyjetsim::framework
