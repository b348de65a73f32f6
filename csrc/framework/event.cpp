#include "framework/event.h"

#include <utility>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {

std::string text(const EventId& id) {
  return "run " + std::to_string(id.run) + ", luminosity block " + std::to_string(id.luminosity_block) + ", event " +
         std::to_string(id.event);
}

void EventPrincipal::put(const InputTag& tag, const std::type_info& type, std::shared_ptr<const void> product) {
  if (product == nullptr) {
    throw Error("nothing is put as '" + tag.text() + "'", "whoever gets it would read from nowhere",
                "put an empty " + type_name(type));
  }
  if (find(tag) != nullptr) {
    throw Error("product '" + tag.text() + "' is put twice", "what others have got of it must not change",
                "put it once, or give each an instance name");
  }
  products_.push_back({tag, &type, std::move(product)});
}

const void* EventPrincipal::get(const InputTag& tag, const std::type_info& type) const {
  const Product* product = find(tag);
  if (product != nullptr && *product->type == type) return product->value.get();
  const std::string problem = "there is no product '" + tag.text() + "' of type " + type_name(type);
  if (product == nullptr) {
    throw Error(problem, "it is read here", "put it before, or name one of: " + present());
  }
  throw Error(problem + ", the one of this name is " + type_name(*product->type), "it is read here",
              "name a product of that type, or get it as what it is");
}

const EventPrincipal::Product* EventPrincipal::find(const InputTag& tag) const {
  for (const Product& product : products_) {
    if (product.tag.label == tag.label && product.tag.instance == tag.instance) return &product;
  }
  return nullptr;
}

std::string EventPrincipal::present() const {
  std::string list;
  for (const Product& product : products_) list += (list.empty() ? "'" : ", '") + product.tag.text() + "'";
  return list.empty() ? "(the event is empty)" : list;
}

}  // namespace pyjetsim::framework

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#endif

namespace pyjetsim::framework {

std::string type_name(const std::type_info& type) {
#if __has_include(<cxxabi.h>)
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         &std::free);
  if (status == 0) return name.get();
#endif
  return type.name();
}

}  // namespace pyjetsim::framework
