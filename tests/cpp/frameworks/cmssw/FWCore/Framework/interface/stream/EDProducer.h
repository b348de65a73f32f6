#pragma once

#include <string>
#include <utility>

#include "FWCore/Framework/interface/Event.h"
#include "FWCore/Utilities/interface/InputTag.h"

namespace stub {

template <typename T>
class StreamModule;

}  // namespace stub

namespace edm {

class ConfigurationDescriptions;

class EDConsumerBase {
 public:
  EDConsumerBase() = default;
  virtual ~EDConsumerBase() = default;
  EDConsumerBase(EDConsumerBase const&) = delete;
  EDConsumerBase const& operator=(EDConsumerBase const&) = delete;

  const stub::Declared& declared() const { return declared_; }  // of the stub alone

 protected:
  template <typename ProductType>
  EDGetTokenT<ProductType> consumes(InputTag const& tag) {
    declared_.consumes.push_back(tag);
    return EDGetTokenT<ProductType>(static_cast<unsigned int>(declared_.consumes.size() - 1));
  }

  stub::Declared declared_;
};

// An ability of a stream module: what all streams share.
template <typename T>
struct GlobalCache {};

namespace stream {

class EDProducerBase : public EDConsumerBase {
 protected:
  template <typename ProductType>
  void produces(std::string instance = {}) {
    declared_.produces.emplace(typeid(ProductType), std::move(instance));
  }

 private:
  template <typename T>
  friend class stub::StreamModule;

  virtual void produce(Event&, EventSetup const&) = 0;
};

template <typename... Abilities>
class EDProducer;

template <typename C>
class EDProducer<edm::GlobalCache<C>> : public EDProducerBase {
 public:
  using GlobalCache = C;

  void setGlobalCache(C const* cache) { cache_ = cache; }

 protected:
  C const* globalCache() const { return cache_; }

 private:
  C const* cache_ = nullptr;
};

}  // namespace stream
}  // namespace edm
