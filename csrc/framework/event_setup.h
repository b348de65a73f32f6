// What holds for all events of a job, by type: conditions, tables.
#pragma once

#include <memory>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include "framework/type_name.h"
#include "pyjetsim/error.h"

namespace pyjetsim::framework {

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
