// Members of JSON objects that others wrote.
#pragma once

#include <nlohmann/json.hpp>

namespace pyjetsim {

// The member of that name, null where there is none. Never a copy: that would call itself as deep as the value is
// nested, and a file can be nested deeper than any stack.
inline const nlohmann::json& member(const nlohmann::json& value, const char* name) {
  static const nlohmann::json none;
  if (!value.is_object()) return none;
  const auto found = value.find(name);
  return found == value.end() ? none : *found;
}

}  // namespace pyjetsim
