// An event: its products, what holds for all events of a job, and how one module sees both.
#pragma once

#include <memory>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pyjetsim/error.h"
#include "pyjetsim/noise.h"

namespace pyjetsim::framework {

// --- Names of types as people write them.

std::string type_name(const std::type_info& type);

// --- The name of a product: the module that put it, and which of its products it is.

struct InputTag {
  std::string label;     // of the module, or of the source
  std::string instance;  // empty for a module's main product

  InputTag() = default;
  // Written "label" or "label:instance".
  explicit InputTag(const std::string& text) : label(text.substr(0, text.find(':'))) {
    if (label.size() < text.size()) instance = text.substr(label.size() + 1);
  }

  std::string text() const { return instance.empty() ? label : label + ":" + instance; }
};

// --- The name of a module, for products and messages.

struct ModuleDescription {
  std::string label;  // unique in a process
  std::string type;   // its class

  std::string text() const { return "module '" + label + "' (" + type + ")"; }
};

// Numbers the streams of a process from 0.
struct StreamID {
  unsigned value;
};

// --- The data of one event: its products, each with the label of the module that put it.

// Used again for one event after another, so that many events take no more memory than those in flight.
class EventPrincipal {
 public:
  // Forgets the event before.
  void clear() { products_.clear(); }
  void set_id(const EventId& id) { id_ = id; }
  const EventId& id() const { return id_; }

  // Throws Error if there is one of this name.
  void put(const InputTag& tag, const std::type_info& type, std::shared_ptr<const void> product);
  // A product by its name. Throws Error where there is none, or one of another type.
  const void* get(const InputTag& tag, const std::type_info& type) const;

 private:
  struct Product {
    InputTag tag;
    const std::type_info* type;
    std::shared_ptr<const void> value;
  };

  const Product* find(const InputTag& tag) const;
  std::string present() const;

  EventId id_ = {};
  std::vector<Product> products_;
};

// "run 1, luminosity block 2, event 3".
std::string text(const EventId& id);

// --- An event as one module sees it.

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

// --- What holds for all events of a job, by type: conditions, tables.

class EventSetup {
 public:
  template <typename T>
  void put(T record) {
    records_[typeid(T)] = std::make_shared<const T>(std::move(record));
  }

  // Throws Error where there is none.
  template <typename T>
  const T& get() const {
    const auto found = records_.find(typeid(T));
    if (found == records_.end()) {
      throw Error("the event setup has no " + type_name(typeid(T)), "a module needs it",
                  "put it before the job begins");
    }
    return *static_cast<const T*>(found->second.get());
  }

 private:
  std::unordered_map<std::type_index, std::shared_ptr<const void>> records_;
};

}  // namespace pyjetsim::framework
