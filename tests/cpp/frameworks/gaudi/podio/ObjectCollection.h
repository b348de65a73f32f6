// What podio generates for each type of objects, as templates. This header is of the stub alone.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "podio/CollectionBase.h"

namespace podio {

// Handles on the same object: what they share.
template <typename Data>
class Object {
 protected:
  explicit Object(std::shared_ptr<Data> object) : object_(std::move(object)) {}
  std::shared_ptr<Data> object_;
};

template <typename Immutable, typename Mutable, typename Data>
class ObjectCollection : public CollectionBase {
 public:
  // Its elements are handles that are made as they are asked for.
  class const_iterator {
   public:
    const_iterator(std::size_t index, const ObjectCollection* collection) : index_(index), collection_(collection) {}
    bool operator!=(const const_iterator& other) const { return index_ != other.index_; }
    Immutable operator*() { return (*collection_)[index_]; }
    const_iterator& operator++() {
      ++index_;
      return *this;
    }

   private:
    std::size_t index_;
    const ObjectCollection* collection_;
  };

  ObjectCollection() = default;
  ObjectCollection(ObjectCollection&&) = default;
  ObjectCollection& operator=(ObjectCollection&&) = default;

  Mutable create() {
    objects_.push_back(std::make_shared<Data>());
    return Mutable(objects_.back());
  }
  std::size_t size() const final { return objects_.size(); }
  Immutable operator[](std::size_t index) const { return Mutable(objects_[index]); }
  Mutable operator[](std::size_t index) { return Mutable(objects_[index]); }
  const_iterator begin() const { return {0, this}; }
  const_iterator end() const { return {size(), this}; }

 private:
  std::vector<std::shared_ptr<Data>> objects_;
};

}  // namespace podio
