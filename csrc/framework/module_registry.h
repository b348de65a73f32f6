// Modules by the name of their class.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "framework/global_module.h"
#include "framework/parameter_set_description.h"

namespace pyjetsim::framework {

class ModuleRegistry {
 public:
  // That of the program. Filled before main() by DEFINE_FWK_MODULE, and only read after.
  static ModuleRegistry& instance();

  template <typename Module>
  void add(const std::string& type) {
    add(type, [](const ParameterSet& given, const std::string& owner) -> std::unique_ptr<const GlobalModule> {
      ParameterSetDescription description;
      Module::fillDescriptions(description);
      return std::make_unique<const GlobalModuleOf<Module>>(description.validated(given, owner));
    });
  }

  // Checks the parameters and makes the global cache. Throws Error for an unknown type and refused parameters.
  std::unique_ptr<const GlobalModule> make(const ModuleDescription& module, const ParameterSet& parameters) const;

 private:
  using Make = std::function<std::unique_ptr<const GlobalModule>(const ParameterSet&, const std::string& owner)>;

  void add(const std::string& type, Make make);

  std::map<std::string, Make> makers_;
};

template <typename Module>
struct ModuleRegistrar {
  explicit ModuleRegistrar(const char* type) { ModuleRegistry::instance().add<Module>(type); }
};

}  // namespace pyjetsim::framework

// In the source file of a module, inside its namespace. Object files in a static library that nothing refers to are not
// linked: give modules to CMake as an OBJECT or a SHARED library.
#define DEFINE_FWK_MODULE(Module) \
  static const ::pyjetsim::framework::ModuleRegistrar<Module> registrar_of_##Module(#Module)
