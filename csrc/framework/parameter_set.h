// The parameters of a module: typed values by name, nested as deep as wanted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace pyjetsim::framework {

class ParameterSet {
 public:
  using Nested = std::shared_ptr<const ParameterSet>;
  using Value =
      std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>, Nested>;

  // Sets or replaces. Any integer becomes std::int64_t, any floating number double, any text std::string.
  template <typename T>
  ParameterSet& set(const std::string& name, T value) {
    values_[name] = to_value(std::move(value));
    return *this;
  }

  bool exists(const std::string& name) const { return values_.count(name) != 0; }

  // Throws Error where there is no such parameter, or one of another type. T: a type of Value, or ParameterSet.
  template <typename T>
  const T& getParameter(const std::string& name) const {
    if constexpr (std::is_same_v<T, ParameterSet>) {
      return *getParameter<Nested>(name);
    } else {
      const Value& found = value(name);
      if (const T* held = std::get_if<T>(&found)) return *held;
      refuse_type(name, found, Value(std::in_place_type<T>));
    }
  }

  const std::map<std::string, Value>& values() const { return values_; }

  // Whose they are, for messages, such as "module 'sim' (JetSimProducer)".
  const std::string& owner() const { return owner_; }
  void set_owner(std::string owner) { owner_ = std::move(owner); }

  // In words: "a number".
  static std::string kind(const Value& value);

 private:
  template <typename T>
  static Value to_value(T value) {
    if constexpr (std::is_same_v<T, ParameterSet>) {
      return std::make_shared<const ParameterSet>(std::move(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(value);
    } else if constexpr (std::is_convertible_v<T, std::string>) {
      return std::string(std::move(value));
    } else {
      return Value(std::move(value));
    }
  }

  const Value& value(const std::string& name) const;
  [[noreturn]] void refuse_type(const std::string& name, const Value& found, const Value& wanted) const;

  std::string owner_ = "a parameter set";
  std::map<std::string, Value> values_;
};

}  // namespace pyjetsim::framework
