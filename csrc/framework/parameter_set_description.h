// Which parameters a module takes: what is not described here is refused.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "framework/parameter_set.h"

namespace pyjetsim::framework {

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
