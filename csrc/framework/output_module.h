// Where events go: one instance a job, which sees them in the order of the source whatever the number of threads.
#pragma once

#include "framework/event.h"

namespace pyjetsim::framework {

class OutputModule {
 public:
  virtual ~OutputModule() = default;
  virtual void beginJob() {}
  // Never called by two threads at once, but by different ones in turn.
  virtual void write(const Event& event) = 0;
  // Called after a failure, too: what was written until then is kept.
  virtual void endJob() {}
};

}  // namespace pyjetsim::framework
