#include "bundle/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

#include "bundle/json.h"
#include "core/number_text.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

using Json = nlohmann::json;

const char* const kComponents[] = {"px", "py", "pz"};

std::string shown(double value) { return short_text(value, 7); }

// The numbers of all golden rows of each tensor, in the manifest's order.
struct Golden {
  std::size_t rows = 0;
  std::vector<TensorNumbers> inputs, outputs;
};

// The largest whole number of a type, and its name in messages.
template <typename T>
constexpr const char* kNumbers = "finite numbers";
template <>
constexpr const char* kNumbers<std::int32_t> = "whole numbers below 2^31";
template <>
constexpr const char* kNumbers<std::int64_t> = "whole numbers below 2^63";

template <typename T>
bool fits_type(const Json& value) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    return value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMost);
  } else {
    if (std::is_integral_v<T> && !value.is_number_integer()) return false;
    return value.is_number() && std::abs(value.get<double>()) <= double{std::numeric_limits<T>::max()};
  }
}

// Adds all numbers of nested arrays; false where they are none that T holds, or not of these sizes.
template <typename T>
bool flatten(const Json& value, Span<const std::size_t> sizes, std::vector<T>& into) {
  if (sizes.empty()) {
    if (!fits_type<T>(value)) return false;
    into.push_back(value.get<T>());
    return true;
  }
  if (!value.is_array() || value.size() != sizes[0]) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const Json& inner) { return flatten(inner, sizes.subspan(1, sizes.size() - 1), into); });
}

[[noreturn]] void no_golden(const Bundle& bundle, const std::string& problem) {
  throw Error(bundle.path("golden.json") + " holds no golden " +
                  (bundle.manifest.task == kConstituentsTask ? "jets: " : "rows: ") + problem,
              "nobody could tell whether the model still answers as it was trained to", "export the model again");
}

template <typename T>
void read_numbers(const Bundle& bundle, const Json& value, const std::string& name,
                  const std::vector<std::size_t>& sizes, std::vector<T>& into) {
  if (flatten(value, {sizes.data(), sizes.size()}, into)) return;
  std::string shape;
  for (const std::size_t size : sizes) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  no_golden(bundle, name + " is not (" + shape + ") " + kNumbers<T>);
}

// All numbers of a tensor, of which `value` is an array.
TensorNumbers read_tensor(const Bundle& bundle, const Json& value, const std::string& name, const TensorInfo& info,
                          std::size_t rows) {
  std::vector<std::size_t> sizes = {rows};
  sizes.insert(sizes.end(), info.shape.begin(), info.shape.end());
  TensorNumbers numbers;
  switch (info.type) {
    case ElementType::kFloat32:
      read_numbers(bundle, value, name, sizes, numbers.floats);
      break;
    case ElementType::kInt32:
      read_numbers(bundle, value, name, sizes, numbers.int32s);
      break;
    case ElementType::kInt64:
      read_numbers(bundle, value, name, sizes, numbers.int64s);
      break;
  }
  return numbers;
}

void check_known(const Bundle& bundle, const Json& object, const std::set<std::string>& names) {
  for (const auto& [name, value] : object.items()) {
    if (names.count(name) > 0) continue;
    // As it can stand in a message of one line.
    const std::string text = Json(name).dump(-1, ' ', /*ensure_ascii=*/true).substr(0, 60);
    const bool plain = text.size() == name.size() + 2;
    no_golden(bundle, "the model that the manifest describes has no " + (plain ? name : text));
  }
}

// Where the tensors of a golden.json stand: by their names in version 3, side by side under fixed ones before.
struct Place {
  const Json* object;
  std::string name;
};

Golden read_golden(const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest;
  const Json root = Json::parse(bundle.files.at("golden.json"), nullptr, false);
  if (!root.is_object()) no_golden(bundle, "it is no JSON object");
  std::vector<Place> inputs, outputs;
  if (manifest.version == 3) {
    check_known(bundle, root, {"inputs", "outputs"});
    for (const auto& [kind, tensors, places] :
         {std::tuple("inputs", &manifest.inputs, &inputs), std::tuple("outputs", &manifest.outputs, &outputs)}) {
      const Json& object = member(root, kind);
      if (!object.is_object()) no_golden(bundle, std::string(kind) + " is no JSON object");
      std::set<std::string> names;
      for (const TensorInfo& each : *tensors) {
        names.insert(each.name);
        places->push_back({&object, each.name});
      }
      check_known(bundle, object, names);
    }
  } else {
    inputs = {{&root, "constituents"}, {&root, "noise"}};
    outputs = {{&root, "output"}};
    if (manifest.takes_pids()) inputs.push_back({&root, "pid"});
    if (manifest.gives_pids()) outputs.push_back({&root, "output_pid"});
    std::set<std::string> names;
    for (const auto* places : {&inputs, &outputs}) {
      for (const Place& each : *places) names.insert(each.name);
    }
    check_known(bundle, root, names);
  }
  const auto value = [](const Place& place) -> const Json& { return member(*place.object, place.name.c_str()); };
  Golden golden;
  const Json& first = value(inputs.front());
  golden.rows = first.is_array() ? first.size() : 0;
  if (golden.rows == 0) no_golden(bundle, "there is not one");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    golden.inputs.push_back(read_tensor(bundle, value(inputs[i]), inputs[i].name, manifest.inputs[i], golden.rows));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    golden.outputs.push_back(read_tensor(bundle, value(outputs[i]), outputs[i].name, manifest.outputs[i], golden.rows));
  }
  return golden;
}

[[noreturn]] void differs(const Bundle& bundle, const std::string& problem, const std::string& allowed) {
  const bool jets = bundle.manifest.task == kConstituentsTask;
  throw Error(bundle.folder + ": golden " + (jets ? "jets: " : "rows: ") + problem, allowed,
              "use another version of the runtime, or export the model again");
}

// Which number of a row, in words: "px of constituent 3 of jet 0", or "reco[3, 0] of row 0".
std::string described(const Bundle& bundle, const TensorInfo& info, std::size_t row, std::size_t place) {
  if (bundle.manifest.task == kConstituentsTask) {
    const bool momenta = info.shape.size() == 2;
    return (momenta ? kComponents[place % 3] : "pid") +
           (" of constituent " + std::to_string(momenta ? place / 3 : place)) + " of jet " + std::to_string(row);
  }
  std::string index;
  for (std::size_t i = info.shape.size(); i-- > 0; place /= info.shape[i]) {
    index = std::to_string(place % info.shape[i]) + (index.empty() ? "" : ", ") + index;
  }
  return info.name + "[" + index + "] of row " + std::to_string(row);
}

void compare_floats(const Bundle& bundle, const Backend& backend, const TensorInfo& info, std::size_t rows,
                    const std::vector<float>& expected, const std::vector<float>& found) {
  const std::size_t size = info.row_size();
  const std::string unit = " " + info.unit;
  for (std::size_t row = 0; row < rows; ++row) {
    double largest = 0;
    for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(double{expected[row * size + i]}));
    const double allowed = bundle.manifest.absolute + bundle.manifest.relative * largest;
    for (std::size_t i = 0; i < size; ++i) {
      const double value = found[row * size + i], wanted = expected[row * size + i];
      if (std::abs(value - wanted) <= allowed) continue;  // NaN goes on
      differs(bundle,
              described(bundle, info, row, i) + " is " + shown(value) + unit + " with " + backend.description() +
                  ", not " + shown(wanted) + unit,
              "outputs may differ by " + shown(allowed) + unit);
    }
  }
}

template <typename T>
void compare_integers(const Bundle& bundle, const Backend& backend, const TensorInfo& info,
                      const std::vector<T>& expected, const std::vector<T>& found) {
  const auto different = std::mismatch(expected.begin(), expected.end(), found.begin());
  if (different.first == expected.end()) return;
  const auto place = static_cast<std::size_t>(different.first - expected.begin());
  differs(bundle,
          described(bundle, info, place / info.row_size(), place % info.row_size()) + " is " +
              std::to_string(*different.second) + " with " + backend.description() + ", not " +
              std::to_string(*different.first),
          bundle.manifest.task == kConstituentsTask ? "identities are the same everywhere"
                                                    : "whole numbers are the same everywhere");
}

}  // namespace

void replay_golden(const Backend& backend, const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest;
  Golden golden = read_golden(bundle);
  std::vector<TensorNumbers> found(manifest.outputs.size());
  std::vector<InputTensor> inputs;
  std::vector<OutputTensor> outputs;
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i) {
    inputs.push_back({&manifest.inputs[i], golden.inputs[i].data(manifest.inputs[i].type)});
  }
  for (std::size_t i = 0; i < manifest.outputs.size(); ++i) {
    found[i].resize(manifest.outputs[i].type, golden.rows * manifest.outputs[i].row_size());
    outputs.push_back({&manifest.outputs[i], found[i].data(manifest.outputs[i].type)});
  }
  backend.run(golden.rows, inputs, outputs);
  for (std::size_t i = 0; i < manifest.outputs.size(); ++i) {
    const TensorInfo& info = manifest.outputs[i];
    compare_floats(bundle, backend, info, info.type == ElementType::kFloat32 ? golden.rows : 0,
                   golden.outputs[i].floats, found[i].floats);
    compare_integers(bundle, backend, info, golden.outputs[i].int32s, found[i].int32s);
    compare_integers(bundle, backend, info, golden.outputs[i].int64s, found[i].int64s);
  }
}

}  // namespace pyjetsim
