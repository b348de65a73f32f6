// The base of all algorithms.
#pragma once

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "Gaudi/Property.h"
#include "podio/CollectionBase.h"

class ISvcLocator;

class [[nodiscard]] StatusCode final {
 public:
  enum class ErrorCode : unsigned long { FAILURE = 0, SUCCESS = 1, RECOVERABLE = 2 };
  static constexpr auto SUCCESS = ErrorCode::SUCCESS;
  static constexpr auto FAILURE = ErrorCode::FAILURE;
  static constexpr auto RECOVERABLE = ErrorCode::RECOVERABLE;

  StatusCode() = default;
  StatusCode(ErrorCode code) noexcept : code_(code) {}

  bool isSuccess() const { return code_ == SUCCESS; }
  bool isFailure() const { return !isSuccess(); }
  explicit operator bool() const { return isSuccess(); }

 private:
  ErrorCode code_ = SUCCESS;
};

class MsgStream {
 public:
  MsgStream& operator<<(MsgStream& (*modifier)(MsgStream&)) { return modifier(*this); }
  std::ostringstream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

inline MsgStream& endmsg(MsgStream& stream) {
  std::cerr << stream.stream().str() << std::endl;
  stream.stream().str("");
  return stream;
}

template <typename T>
MsgStream& operator<<(MsgStream& stream, const T& argument) {
  stream.stream() << argument;
  return stream;
}

// Of the stub alone: the collections of the event, by name.
class EventContext {
 public:
  std::map<std::string, std::unique_ptr<podio::CollectionBase>>& store() const { return *store_; }

 private:
  std::shared_ptr<std::map<std::string, std::unique_ptr<podio::CollectionBase>>> store_ =
      std::make_shared<std::map<std::string, std::unique_ptr<podio::CollectionBase>>>();
};

namespace Gaudi {

class Algorithm : public IProperty {
 public:
  Algorithm(std::string name, ISvcLocator*) : name_(std::move(name)) {}
  virtual ~Algorithm() = default;
  Algorithm(const Algorithm&) = delete;
  Algorithm& operator=(const Algorithm&) = delete;

  const std::string& name() const { return name_; }
  virtual StatusCode initialize() { return StatusCode::SUCCESS; }
  virtual StatusCode execute(const EventContext& context) const = 0;

  MsgStream& error() const { return stream_; }

  void declareProperty(Details::PropertyBase& property) { properties_.emplace(property.name(), &property); }
  // Of the stub alone, in this form.
  void setProperty(const std::string& name, const std::string& value) { properties_.at(name)->fromString(value); }

 private:
  std::string name_;
  mutable MsgStream stream_;
  std::map<std::string, Details::PropertyBase*> properties_;
};

}  // namespace Gaudi

namespace stub {

using MakeAlgorithm = std::function<std::unique_ptr<Gaudi::Algorithm>(const std::string& name)>;

inline std::map<std::string, MakeAlgorithm>& components() {
  static std::map<std::string, MakeAlgorithm> all;
  return all;
}

template <typename T>
bool declare_component(const std::string& type) {
  return components().emplace(type, [](const std::string& name) { return std::make_unique<T>(name, nullptr); }).second;
}

}  // namespace stub

#define DECLARE_COMPONENT(type) \
  [[maybe_unused]] static const bool type##_is_declared = stub::declare_component<type>(#type);
