#pragma once

#include <cstdint>

#include "podio/ObjectCollection.h"

namespace edm4hep {

struct EventHeaderData {
  std::int32_t eventNumber = 0, runNumber = 0;
};

class EventHeaderGetters : protected podio::Object<EventHeaderData> {
 public:
  std::int32_t getEventNumber() const { return object_->eventNumber; }
  std::int32_t getRunNumber() const { return object_->runNumber; }

 protected:
  using Object::Object;
};

class MutableEventHeader : public EventHeaderGetters {
 public:
  explicit MutableEventHeader(std::shared_ptr<EventHeaderData> object) : EventHeaderGetters(std::move(object)) {}
  void setEventNumber(std::int32_t value) { object_->eventNumber = value; }
  void setRunNumber(std::int32_t value) { object_->runNumber = value; }
};

class EventHeader : public EventHeaderGetters {
 public:
  EventHeader(const MutableEventHeader& other) : EventHeaderGetters(other) {}
};

class EventHeaderCollection final : public podio::ObjectCollection<EventHeader, MutableEventHeader, EventHeaderData> {};

}  // namespace edm4hep
