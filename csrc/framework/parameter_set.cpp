#include "framework/parameter_set.h"

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

}  // namespace pyjetsim::framework
