#include "framework/parameters.h"

#include <array>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {

std::string ParameterSet::kind(const Value& value) {
  static const std::array<const char*, std::variant_size_v<Value>> kKinds = {
      "true or false",           "a whole number",    "a number",           "a text",
      "a list of whole numbers", "a list of numbers", "a set of parameters"};
  return kKinds[value.index()];
}

const ParameterSet::Value& ParameterSet::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  throw Error(owner_ + " has no parameter '" + name + "'", "it is read there", "set it, or describe it with a default");
}

void ParameterSet::refuse_type(const std::string& name, const Value& found, const Value& wanted) const {
  throw Error(owner_ + ": parameter '" + name + "' is " + kind(found), "it is read as " + kind(wanted),
              "set it to " + kind(wanted));
}

namespace {

using Value = ParameterSet::Value;

Value converted(const Value& given, const Value& wanted) {
  if (std::holds_alternative<std::int64_t>(given) && std::holds_alternative<double>(wanted)) {
    return static_cast<double>(std::get<std::int64_t>(given));
  }
  return given;
}

template <typename Map>
std::string names(const Map& entries) {
  std::string list;
  for (const auto& entry : entries) list += (list.empty() ? "" : ", ") + entry.first;
  return list.empty() ? "none" : list;
}

}  // namespace

void ParameterSetDescription::add(const std::string& name, ParameterSetDescription nested) {
  entries_[name] = {ParameterSet::Nested(), /*required=*/false,
                    std::make_shared<const ParameterSetDescription>(std::move(nested))};
}

ParameterSet ParameterSetDescription::validated(const ParameterSet& given, const std::string& owner) const {
  for (const auto& parameter : given.values()) {
    if (entries_.count(parameter.first) == 0) {
      throw Error(owner + " has no parameter '" + parameter.first + "'", "a misspelt one would be overlooked",
                  "use one of " + names(entries_));
    }
  }
  ParameterSet whole;
  whole.set_owner(owner);
  for (const auto& [name, entry] : entries_) {
    const auto found = given.values().find(name);
    const bool absent = found == given.values().end();
    if (absent && entry.required) {
      throw Error(owner + ": parameter '" + name + "' is missing", "it has no default",
                  "set it to " + ParameterSet::kind(entry.fallback));
    }
    Value value = absent ? entry.fallback : converted(found->second, entry.fallback);
    if (value.index() != entry.fallback.index()) {
      throw Error(owner + ": parameter '" + name + "' is " + ParameterSet::kind(value),
                  "it must be " + ParameterSet::kind(entry.fallback),
                  "set it to " + ParameterSet::kind(entry.fallback));
    }
    if (entry.nested) {
      const ParameterSet inner = absent ? ParameterSet() : *std::get<ParameterSet::Nested>(value);
      whole.set(name, entry.nested->validated(inner, owner + ": '" + name + "'"));
    } else {
      whole.set(name, std::move(value));
    }
  }
  return whole;
}

}  // namespace pyjetsim::framework
