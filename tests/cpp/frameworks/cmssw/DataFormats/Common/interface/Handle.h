// What points at the products of an event, and at elements of them.
#pragma once

#include <iterator>

#include "FWCore/Utilities/interface/Exception.h"

namespace edm {

class ProductID {
 public:
  ProductID() = default;
  explicit ProductID(unsigned short index) : index_(index) {}

  bool isValid() const { return index_ != 0; }
  friend bool operator==(ProductID const& a, ProductID const& b) { return a.index_ == b.index_; }
  friend bool operator!=(ProductID const& a, ProductID const& b) { return !(a == b); }
  friend bool operator<(ProductID const& a, ProductID const& b) { return a.index_ < b.index_; }

 private:
  unsigned short index_ = 0;
};

// To a product that the event had before.
template <typename T>
class Handle {
 public:
  Handle() = default;
  Handle(T const* product, ProductID const& id) : product_(product), id_(id) {}  // of the stub alone

  bool isValid() const { return product_ != nullptr; }
  ProductID id() const { return id_; }
  T const* product() const {
    if (!isValid()) throw cms::Exception("ProductNotFound") << "the event has no such product";
    return product_;
  }
  T const* operator->() const { return product(); }
  T const& operator*() const { return *product(); }

 private:
  T const* product_ = nullptr;
  ProductID id_;
};

// To a product that the module itself has just put.
template <typename T>
class OrphanHandle {
 public:
  OrphanHandle() = default;
  OrphanHandle(T const* product, ProductID const& id) : product_(product), id_(id) {}

  bool isValid() const { return product_ != nullptr && id_.isValid(); }
  ProductID id() const { return id_; }
  T const* product() const { return product_; }
  T const* operator->() const { return product(); }
  T const& operator*() const { return *product(); }

 private:
  T const* product_ = nullptr;
  ProductID id_;
};

// To an element of a product, of a class derived from T.
template <typename T>
class Ptr {
 public:
  using key_type = unsigned long;
  using value_type = T;

  Ptr() = default;
  template <typename C>
  Ptr(Handle<C> const& handle, key_type key, bool /*set_now*/ = true)
      : item_(item(handle.product(), key)), id_(handle.id()), key_(key) {}
  template <typename C>
  Ptr(OrphanHandle<C> const& handle, key_type key, bool /*set_now*/ = true)
      : item_(item(handle.product(), key)), id_(handle.id()), key_(key) {}

  T const& operator*() const { return *get(); }
  T const* operator->() const { return get(); }
  T const* get() const { return item_; }
  bool isNull() const { return item_ == nullptr; }
  bool isNonnull() const { return !isNull(); }
  ProductID id() const { return id_; }
  key_type key() const { return key_; }

 private:
  template <typename C>
  static T const* item(C const* product, key_type key) {
    typename C::const_iterator at = product->begin();
    std::advance(at, key);
    return &*at;
  }

  T const* item_ = nullptr;
  ProductID id_;
  key_type key_ = 0;
};

}  // namespace edm
