#include "framework/module.h"

#include <utility>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {
namespace {

// What is being handled, as an Error.
Error handled(const std::string& consequence) {
  const std::string todo = "correct it, or leave out what it fails at";
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    return {std::string("it failed with '") + error.what() + "'", consequence, todo};
  } catch (...) {
    return {"it threw something that is no std::exception", consequence, todo};
  }
}

}  // namespace

ModuleError::ModuleError(const std::string& when, const std::string& who, const std::string& consequence)
    : ModuleError(when + ": " + who + ": ", handled(consequence)) {}

ModuleError::ModuleError(const std::string& when_and_who, const Error& cause)
    : Error(when_and_who + cause.wrong(), cause.why(), cause.todo()), cause_(std::current_exception()) {}

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
