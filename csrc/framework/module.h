// Bases of modules. Of a stream module there is one instance a stream, so that it needs no locks; what all instances
// share is in a global cache, made once before them and constant.
//
//   class MyProducer : public stream::EDProducer<GlobalCache<Model>> {
//    public:
//     MyProducer(const ParameterSet&, const Model*);
//     static std::unique_ptr<Model> initializeGlobalCache(const ParameterSet&);
//     static void fillDescriptions(ParameterSetDescription&);
//     void produce(Event&, const EventSetup&) override;
//   };
//   DEFINE_FWK_MODULE(MyProducer);
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "framework/event.h"
#include "framework/parameters.h"
#include "pyjetsim/error.h"

namespace pyjetsim::framework {

// What a stream calls; modules derive from those below.
class StreamModule {
 public:
  virtual ~StreamModule() = default;
  virtual void beginStream(StreamID) {}
  virtual void doEvent(Event& event, const EventSetup& setup) = 0;
  // Streams end one after the other: the place to add a stream's result to mutable members of the cache.
  virtual void endStream() {}
};

template <typename T>
struct GlobalCache {};

namespace stream {

template <typename... Abilities>
class Base : public StreamModule {};

template <typename T>
class Base<GlobalCache<T>> : public StreamModule {
 public:
  using GlobalCacheType = T;
  // After the last stream ended. A module that has something to do there declares its own.
  static void globalEndJob(const T*) {}
  void setGlobalCache(const T* cache) { cache_ = cache; }

 protected:
  const T* globalCache() const { return cache_; }

 private:
  const T* cache_ = nullptr;
};

template <typename... Abilities>
class EDProducer : public Base<Abilities...> {
 public:
  virtual void produce(Event& event, const EventSetup& setup) = 0;

 private:
  void doEvent(Event& event, const EventSetup& setup) final { produce(event, setup); }
};

template <typename... Abilities>
class EDAnalyzer : public Base<Abilities...> {
 public:
  virtual void analyze(const Event& event, const EventSetup& setup) = 0;

 private:
  void doEvent(Event& event, const EventSetup& setup) final { analyze(event, setup); }
};

}  // namespace stream

// --- What goes wrong inside a module, with the module's name and the event's.

class ModuleError : public Error {
 public:
  // Of what is being handled, so to be called in a catch block. `when` and `who` come before its message; where it is
  // no Error, `consequence` tells why it matters.
  ModuleError(const std::string& when, const std::string& who, const std::string& consequence);

  // As it was thrown.
  const std::exception_ptr& cause() const { return cause_; }

 private:
  ModuleError(const std::string& when_and_who, const Error& cause);

  std::exception_ptr cause_;
};

// --- A module of a job: its parameters and its global cache, from which each stream gets an instance.

class GlobalModule {
 public:
  virtual ~GlobalModule() = default;
  virtual std::unique_ptr<StreamModule> make_stream() const = 0;
  virtual void end_job() const = 0;
};

template <typename Module, typename = void>
class GlobalModuleOf : public GlobalModule {
 public:
  explicit GlobalModuleOf(ParameterSet parameters) : parameters_(std::move(parameters)) {}

  std::unique_ptr<StreamModule> make_stream() const override { return std::make_unique<Module>(parameters_); }
  void end_job() const override {}

 private:
  ParameterSet parameters_;
};

template <typename Module>
class GlobalModuleOf<Module, std::void_t<typename Module::GlobalCacheType>> : public GlobalModule {
 public:
  explicit GlobalModuleOf(ParameterSet parameters)
      : parameters_(std::move(parameters)), cache_(make_cache(parameters_)) {}

  std::unique_ptr<StreamModule> make_stream() const override {
    auto module = std::make_unique<Module>(parameters_, cache_.get());
    module->setGlobalCache(cache_.get());
    return module;
  }
  void end_job() const override { Module::globalEndJob(cache_.get()); }

 private:
  using Cache = typename Module::GlobalCacheType;

  static std::unique_ptr<const Cache> make_cache(const ParameterSet& parameters) {
    try {
      return Module::initializeGlobalCache(parameters);
    } catch (...) {
      throw ModuleError("begin of the job", parameters.owner(), "no event is read");
    }
  }

  ParameterSet parameters_;
  std::unique_ptr<const Cache> cache_;
};

// --- Modules by the name of their class.

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
