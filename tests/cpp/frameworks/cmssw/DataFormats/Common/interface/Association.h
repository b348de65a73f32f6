// For each element of some products an element of one other, or none.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "DataFormats/Common/interface/Handle.h"
#include "FWCore/Utilities/interface/Exception.h"

namespace edm {

template <typename C>
class RefProd {
 public:
  using product_type = C;

  RefProd() = default;
  template <typename HandleT>
  explicit RefProd(HandleT const& handle) : product_(handle.product()), id_(handle.id()) {}

  C const& operator*() const { return *product_; }
  C const* operator->() const { return product_; }
  bool isNull() const { return !id_.isValid(); }
  ProductID id() const { return id_; }

 private:
  C const* product_ = nullptr;
  ProductID id_;
};

template <typename C>
class Ref {
 public:
  Ref() = default;
  Ref(RefProd<C> const& product, std::size_t key) : product_(product), key_(key) {}

  typename C::value_type const& operator*() const { return (*product_)[key_]; }
  bool isNull() const { return product_.isNull(); }
  ProductID id() const { return product_.id(); }
  std::size_t key() const { return key_; }

 private:
  RefProd<C> product_;
  std::size_t key_ = 0;
};

template <typename C>
class Association {
 public:
  using reference_type = Ref<C>;

  Association() = default;
  template <typename H>
  explicit Association(const H& handle) : ref_(handle) {}

  RefProd<C> ref() const { return ref_; }
  bool contains(ProductID id) const { return values_.count(id) != 0; }
  reference_type get(ProductID id, std::size_t element) const {
    const auto found = values_.find(id);
    if (found == values_.end()) throw cms::Exception("InvalidReference") << "nothing is known of this product";
    const int index = found->second.at(element);
    return index < 0 ? reference_type() : reference_type(ref_, static_cast<std::size_t>(index));
  }

  // What is inserted is in the association after fill().
  class Filler {
   public:
    explicit Filler(Association<C>& association) : association_(association), values_(association.values_) {}

    template <typename H, typename I>
    void insert(const H& handle, I begin, I end) {
      if (static_cast<std::size_t>(end - begin) != handle->size()) {
        throw cms::Exception("InvalidReference") << "handle and indices are not of the same size";
      }
      if (!values_.emplace(handle.id(), std::vector<int>(begin, end)).second) {
        throw cms::Exception("InvalidReference") << "this product has been filled already";
      }
    }
    void fill() { association_.values_ = values_; }

   private:
    Association<C>& association_;
    std::map<ProductID, std::vector<int>> values_;
  };

 private:
  RefProd<C> ref_;
  std::map<ProductID, std::vector<int>> values_;
};

}  // namespace edm
