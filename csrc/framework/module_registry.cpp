#include "framework/module_registry.h"

#include <utility>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {

ModuleRegistry& ModuleRegistry::instance() {
  static ModuleRegistry registry;
  return registry;
}

void ModuleRegistry::add(const std::string& type, Make make) {
  if (!makers_.emplace(type, std::move(make)).second) {
    throw Error("two modules are called " + type, "a configuration could mean either", "rename one");
  }
}

std::unique_ptr<const GlobalModule> ModuleRegistry::make(const ModuleDescription& module,
                                                         const ParameterSet& parameters) const {
  const auto found = makers_.find(module.type);
  if (found != makers_.end()) return found->second(parameters, module.text());
  std::string known;
  for (const auto& maker : makers_) known += (known.empty() ? "" : ", ") + maker.first;
  throw Error(module.text() + " is of no known type", "only modules linked into the program can run",
              known.empty() ? "link the library of the module" : "use one of " + known + ", or link its library");
}

}  // namespace pyjetsim::framework
