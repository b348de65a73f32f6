// An event as one module sees it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "framework/event_principal.h"
#include "framework/module_description.h"

namespace pyjetsim::framework {

class Event {
 public:
  Event(EventPrincipal& data, const ModuleDescription& module, StreamID stream)
      : data_(data), module_(module), stream_(stream) {}

  const EventId& id() const { return data_.id(); }
  StreamID streamID() const { return stream_; }

  // Puts a product under the module's label. Throws Error for a second one of the same instance name.
  template <typename T>
  void put(std::unique_ptr<T> product, const std::string& instance = "") {
    InputTag tag(module_.label);
    tag.instance = instance;
    data_.put(tag, typeid(T), std::shared_ptr<const void>(std::move(product)));
  }

  // Of the source or a module that ran before. Throws Error where it is missing or of another type.
  template <typename T>
  const T& get(const InputTag& tag) const {
    return *static_cast<const T*>(data_.get(tag, typeid(T)));
  }

 private:
  EventPrincipal& data_;
  const ModuleDescription& module_;
  StreamID stream_;
};

}  // namespace pyjetsim::framework
