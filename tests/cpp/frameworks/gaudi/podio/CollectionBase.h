#pragma once

#include <cstddef>

namespace podio {

class CollectionBase {
 public:
  CollectionBase() = default;
  CollectionBase(CollectionBase&&) = default;
  CollectionBase& operator=(CollectionBase&&) = default;
  virtual ~CollectionBase() = default;

  virtual std::size_t size() const = 0;
};

}  // namespace podio
