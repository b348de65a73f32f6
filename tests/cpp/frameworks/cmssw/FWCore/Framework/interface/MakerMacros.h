// A job of the modules that are linked in, with one stream.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "FWCore/Framework/interface/Event.h"
#include "FWCore/Framework/interface/stream/EDProducer.h"
#include "FWCore/ParameterSet/interface/ConfigurationDescriptions.h"
#include "FWCore/ParameterSet/interface/ParameterSet.h"

namespace edm {

class EventSetup {};

}  // namespace edm

namespace stub {

class Module {
 public:
  virtual ~Module() = default;
  virtual void produce(edm::Event& event) = 0;
};

template <typename T>
class StreamModule final : public Module {
 public:
  StreamModule(std::string label, const edm::ParameterSet& config) : label_(std::move(label)) {
    edm::ConfigurationDescriptions descriptions;
    T::fillDescriptions(descriptions);
    const edm::ParameterSet whole = config.validated(descriptions.description().defaults());
    cache_ = T::initializeGlobalCache(whole);
    module_ = std::make_unique<T>(whole, static_cast<const typename T::GlobalCache*>(cache_.get()));
    module_->setGlobalCache(cache_.get());
  }
  ~StreamModule() override {
    module_.reset();
    T::globalEndJob(cache_.get());
  }

  void produce(edm::Event& event) override {
    event.enter(label_, module_->declared());
    static_cast<edm::stream::EDProducerBase&>(*module_).produce(event, edm::EventSetup());
  }

 private:
  std::string label_;
  std::unique_ptr<typename T::GlobalCache> cache_;
  std::unique_ptr<T> module_;
};

using MakeModule = std::function<std::unique_ptr<Module>(const std::string& label, const edm::ParameterSet&)>;

inline std::map<std::string, MakeModule>& plugins() {
  static std::map<std::string, MakeModule> all;
  return all;
}

template <typename T>
bool define_plugin(const std::string& name) {
  return plugins()
      .emplace(name, [](const std::string& label,
                        const edm::ParameterSet& config) { return std::make_unique<StreamModule<T>>(label, config); })
      .second;
}

}  // namespace stub

#define DEFINE_FWK_MODULE(type) [[maybe_unused]] static const bool type##_is_defined = stub::define_plugin<type>(#type)
