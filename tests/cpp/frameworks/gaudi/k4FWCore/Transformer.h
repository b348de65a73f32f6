#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "Gaudi/Algorithm.h"
#include "podio/CollectionBase.h"

namespace k4FWCore {
namespace details {

template <typename Value, std::size_t... I>
std::tuple<decltype((void)I, Value{})...> repeated(std::index_sequence<I...>);

template <typename Value, std::size_t N>
using RepeatValues = decltype(repeated<Value>(std::make_index_sequence<N>()));

template <typename Signature>
struct MultiTransformer;

template <typename... Out, typename... In>
struct MultiTransformer<std::tuple<Out...>(const In&...)> : Gaudi::Algorithm {
  static_assert((std::is_base_of_v<podio::CollectionBase, In> && ...), "inputs must be collections");
  static_assert((std::is_base_of_v<podio::CollectionBase, Out> && ...), "outputs must be collections");

  using KeyValue = std::pair<std::string, std::string>;
  using KeyValues = std::pair<std::string, std::vector<std::string>>;

  MultiTransformer(std::string name, ISvcLocator* locator,
                   RepeatValues<std::variant<KeyValue, KeyValues>, sizeof...(In)> const& inputs,
                   RepeatValues<std::variant<KeyValue, KeyValues>, sizeof...(Out)> const& outputs)
      : Algorithm(std::move(name), locator), inputs_(locations(inputs)), outputs_(locations(outputs)) {}

  // Derived classes cannot replace it, but have the operator.
  StatusCode execute(const EventContext& context) const final {
    execute(context, std::index_sequence_for<In...>(), std::index_sequence_for<Out...>());
    return StatusCode::SUCCESS;
  }

  virtual std::tuple<Out...> operator()(const In&...) const = 0;

 private:
  template <typename Keys>
  static auto locations(const Keys& keys) {
    const auto first = [](const auto& key) {
      return key.index() == 0 ? std::get<0>(key).second : std::get<1>(key).second.at(0);
    };
    return std::apply([&](const auto&... each) { return std::array<std::string, sizeof...(each)>{first(each)...}; },
                      keys);
  }

  template <std::size_t... I, std::size_t... O>
  void execute(const EventContext& context, std::index_sequence<I...>, std::index_sequence<O...>) const {
    auto& store = context.store();
    std::tuple<Out...> made = (*this)(dynamic_cast<const In&>(*store.at(inputs_[I]))...);
    ((store[outputs_[O]] = std::make_unique<Out>(std::move(std::get<O>(made)))), ...);
  }

  std::array<std::string, sizeof...(In)> inputs_;
  std::array<std::string, sizeof...(Out)> outputs_;
};

}  // namespace details

template <typename Signature>
using MultiTransformer = details::MultiTransformer<Signature>;

}  // namespace k4FWCore
