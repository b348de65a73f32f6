#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

class IProperty {};

namespace Gaudi {
namespace Details {

class PropertyBase {
 public:
  virtual ~PropertyBase() = default;
  const std::string& name() const { return name_; }
  virtual void fromString(const std::string& value) = 0;

 protected:
  explicit PropertyBase(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

}  // namespace Details

template <class TYPE>
class Property : public Details::PropertyBase {
 public:
  template <class OWNER, class T = TYPE, typename = std::enable_if_t<std::is_base_of_v<IProperty, OWNER>>>
  Property(OWNER* owner, std::string name, T&& value, std::string /*doc*/ = "", std::string /*semantics*/ = "")
      : PropertyBase(std::move(name)), value_(std::forward<T>(value)) {
    owner->declareProperty(*this);
  }

  operator const TYPE&() const { return value_; }
  template <typename Dummy = TYPE, typename = std::enable_if_t<std::is_constructible_v<std::string_view, Dummy>>>
  operator std::string_view() const {
    return value_;
  }
  const TYPE& value() const { return value_; }

  void fromString(const std::string& value) override {
    if constexpr (std::is_same_v<TYPE, std::string>) {
      value_ = value;
    } else {
      std::istringstream(value) >> value_;
    }
  }

 private:
  TYPE value_;
};

}  // namespace Gaudi
