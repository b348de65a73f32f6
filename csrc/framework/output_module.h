// Where events go: one instance a job, which sees them in the order of the source whatever the number of threads.
#pragma once

#include <typeinfo>

#include "framework/event.h"
#include "framework/module_description.h"
#include "framework/type_name.h"

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

// Outputs have no labels: the program made them.
inline ModuleDescription description_of(const OutputModule& output) { return {"output", type_name(typeid(output))}; }

}  // namespace pyjetsim::framework
