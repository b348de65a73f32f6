// One stream: its instance of every module, which one event after another goes through.
#pragma once

#include <memory>
#include <vector>

#include "framework/global_module.h"
#include "framework/summary.h"

namespace pyjetsim::framework {

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

}  // namespace pyjetsim::framework
