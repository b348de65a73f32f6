// A module of a job: its parameters and its global cache, from which each stream gets an instance.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "framework/module_error.h"
#include "framework/parameter_set.h"
#include "framework/stream_module.h"

namespace pyjetsim::framework {

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

}  // namespace pyjetsim::framework
