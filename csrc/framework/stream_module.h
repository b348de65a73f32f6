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

#include "framework/event.h"
#include "framework/event_setup.h"

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
}  // namespace pyjetsim::framework
