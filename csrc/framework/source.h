// Where events come from.
#pragma once

#include "framework/event_principal.h"

namespace pyjetsim::framework {

class Source {
 public:
  virtual ~Source() = default;
  // Fills an empty event: set_id() and products. False where there are no more. Never called by two threads at once,
  // but by different ones in turn.
  virtual bool next(EventPrincipal& event) = 0;
};

}  // namespace pyjetsim::framework
