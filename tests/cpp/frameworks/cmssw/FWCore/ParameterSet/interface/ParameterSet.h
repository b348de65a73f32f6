#pragma once

#include <any>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "FWCore/ParameterSet/interface/FileInPath.h"
#include "FWCore/Utilities/interface/Exception.h"
#include "FWCore/Utilities/interface/InputTag.h"

namespace edm {

class ParameterSet;

}  // namespace edm

namespace stub {

template <typename T, typename... Kinds>
inline constexpr bool is_any_of = (std::is_same_v<T, Kinds> || ...);

// The kinds of parameters that there are, as far as they can be needed here.
template <typename T>
inline constexpr bool is_parameter =
    is_any_of<T, bool, int, unsigned int, long long, unsigned long long, double, std::string, edm::FileInPath,
              edm::InputTag, edm::ParameterSet, std::vector<int>, std::vector<unsigned int>, std::vector<double>,
              std::vector<std::string>, std::vector<edm::InputTag>>;

}  // namespace stub

namespace edm {

class ParameterSet {
 public:
  template <typename T>
  T getParameter(std::string const& name) const {
    static_assert(stub::is_parameter<T>, "CMSSW has no parameters of this type");
    const auto found = values_.find(name);
    if (found == values_.end()) throw cms::Exception("Configuration") << "there is no parameter " << name;
    const T* value = std::any_cast<T>(&found->second);
    if (value == nullptr) throw cms::Exception("Configuration") << name << " is of another type";
    return *value;
  }
  template <typename T>
  T getParameter(char const* name) const {
    return getParameter<T>(std::string(name));
  }

  template <typename T>
  void addParameter(std::string const& name, T value) {
    static_assert(stub::is_parameter<T>, "CMSSW has no parameters of this type");
    values_[name] = std::move(value);
  }

  // Of the stub alone: this set, completed by its description, which must know all of it.
  ParameterSet validated(const ParameterSet& defaults) const {
    ParameterSet whole = defaults;
    for (const auto& [name, value] : values_) {
      const auto found = whole.values_.find(name);
      if (found == whole.values_.end() || found->second.type() != value.type()) {
        throw cms::Exception("Configuration") << name << " is not in the description, or of another type there";
      }
      found->second = value;
    }
    return whole;
  }

 private:
  std::map<std::string, std::any> values_;
};

}  // namespace edm
