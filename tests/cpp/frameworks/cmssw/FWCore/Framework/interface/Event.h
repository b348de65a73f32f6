#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <typeindex>
#include <utility>
#include <vector>

#include "DataFormats/Common/interface/Handle.h"
#include "FWCore/Utilities/interface/Exception.h"
#include "FWCore/Utilities/interface/InputTag.h"

namespace stub {

// What a module has declared.
struct Declared {
  std::vector<edm::InputTag> consumes;
  std::set<std::pair<std::type_index, std::string>> produces;  // and its instance
};

}  // namespace stub

namespace edm {

class EventSetup;

class EventID {
 public:
  EventID(unsigned int run, unsigned int luminosityBlock, unsigned long long event)
      : run_(run), luminosityBlock_(luminosityBlock), event_(event) {}

  unsigned int run() const { return run_; }
  unsigned int luminosityBlock() const { return luminosityBlock_; }
  unsigned long long event() const { return event_; }

 private:
  unsigned int run_, luminosityBlock_;
  unsigned long long event_;
};

class Event {
 public:
  EventID id() const { return id_; }

  template <typename PROD>
  OrphanHandle<PROD> put(std::unique_ptr<PROD> product) {
    return put(std::move(product), std::string());
  }
  template <typename PROD>
  OrphanHandle<PROD> put(std::unique_ptr<PROD> product, std::string const& instance) {
    if (product == nullptr) throw cms::Exception("NullPointerError") << "put of a null product";
    if (declared_->produces.count({typeid(PROD), instance}) == 0) {
      throw cms::Exception("LogicError") << "put of a product that is not declared, '" << instance << "'";
    }
    return add(label_, instance, std::move(product));
  }

  template <typename PROD>
  Handle<PROD> getHandle(EDGetTokenT<PROD> token) const {
    const InputTag& tag = declared_->consumes.at(token.index());
    const auto found = products_.find({typeid(PROD), tag.label(), tag.instance()});
    if (found == products_.end()) return {};
    return {static_cast<const PROD*>(found->second.first.get()), found->second.second};
  }

  // Of the stub alone: an event, products of other modules, the module that has its turn, and what it put.
  explicit Event(const EventID& id) : id_(id) {}

  template <typename PROD>
  OrphanHandle<PROD> add(const std::string& label, const std::string& instance, std::unique_ptr<PROD> product) {
    const PROD* kept = product.get();
    const ProductID id(static_cast<unsigned short>(products_.size() + 1));
    const bool added = products_
                           .try_emplace({typeid(PROD), label, instance},
                                        std::shared_ptr<const void>(std::shared_ptr<PROD>(std::move(product))), id)
                           .second;
    if (!added) throw cms::Exception("InsertFailure") << "a product is put twice";
    return {kept, id};
  }
  void enter(const std::string& label, const stub::Declared& declared) {
    label_ = label;
    declared_ = &declared;
  }
  template <typename PROD>
  OrphanHandle<PROD> product(const std::string& label, const std::string& instance = "") const {
    const auto& [kept, id] = products_.at({typeid(PROD), label, instance});
    return {static_cast<const PROD*>(kept.get()), id};
  }

 private:
  using Key = std::tuple<std::type_index, std::string, std::string>;

  EventID id_;
  std::map<Key, std::pair<std::shared_ptr<const void>, ProductID>> products_;
  std::string label_;
  const stub::Declared* declared_ = nullptr;
};

}  // namespace edm
