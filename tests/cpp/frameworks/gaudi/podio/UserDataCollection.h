#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "podio/CollectionBase.h"

namespace podio {

template <typename T, typename... Types>
inline constexpr bool is_one_of = (std::is_same_v<T, Types> || ...);

template <typename T>
class UserDataCollection : public CollectionBase {
  static_assert(is_one_of<T, float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                          std::uint16_t, std::uint32_t, std::uint64_t>,
                "podio has no UserDataCollection of this type");

 public:
  UserDataCollection() = default;
  UserDataCollection(UserDataCollection&&) = default;
  UserDataCollection& operator=(UserDataCollection&&) = default;

  std::size_t size() const override { return values_.size(); }
  void push_back(const T& value) { values_.push_back(value); }
  const T& operator[](std::size_t i) const { return values_[i]; }

 private:
  std::vector<T> values_;
};

}  // namespace podio
