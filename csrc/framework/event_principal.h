// The data of one event: its products, each with the label of the module that put it.
#pragma once

#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "framework/input_tag.h"
#include "pyjetsim/noise.h"

namespace pyjetsim::framework {

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

}  // namespace pyjetsim::framework
