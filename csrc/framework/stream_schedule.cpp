#include "framework/stream_schedule.h"

#include <string>

#include "framework/first_error.h"
#include "framework/module_error.h"

namespace pyjetsim::framework {
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

}  // namespace pyjetsim::framework
