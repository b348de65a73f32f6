// The parameters of a module, and which of them it takes.
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

// --- The parameters of a module: typed values by name, nested as deep as wanted.

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

// --- Which parameters a module takes: what is not described here is refused.

class ParameterSetDescription {
 public:
  // A parameter that must be given.
  template <typename T>
  void add(const std::string& name) {
    entries_[name] = {ParameterSet::Value(std::in_place_type<T>), /*required=*/true, nullptr};
  }

  // A parameter that may be given.
  template <typename T>
  void add(const std::string& name, T fallback) {
    entries_[name] = {ParameterSet::Value(std::move(fallback)), /*required=*/false, nullptr};
  }

  // A nested set: as if it had been given empty where it is not given.
  void add(const std::string& name, ParameterSetDescription nested);

  // The given parameters and the defaults of all others. Throws Error for unknown, missing and mistyped ones.
  // A whole number is taken where a number is wanted.
  ParameterSet validated(const ParameterSet& given, const std::string& owner) const;

 private:
  struct Entry {
    ParameterSet::Value fallback;  // for a required one only its type counts
    bool required;
    std::shared_ptr<const ParameterSetDescription> nested;
  };

  std::map<std::string, Entry> entries_;
};

}  // namespace pyjetsim::framework
