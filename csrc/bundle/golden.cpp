#include "bundle/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
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

struct Golden {
  std::size_t jets;
  std::vector<float> constituents, noise, output;
  std::vector<std::int32_t> pids, output_pids;  // empty for models without
};

template <typename T>
bool is_one(const Json& value) {
  if (std::is_integral_v<T> && !value.is_number_integer()) return false;
  return value.is_number() && std::abs(value.get<double>()) <= double{std::numeric_limits<T>::max()};
}

// Adds all numbers of nested arrays; false where they are none that T holds, or not of these sizes.
template <typename T>
bool flatten(const Json& value, const std::vector<std::size_t>& sizes, std::size_t level, std::vector<T>& into) {
  if (level == sizes.size()) {
    if (!is_one<T>(value)) return false;
    into.push_back(value.get<T>());
    return true;
  }
  if (!value.is_array() || value.size() != sizes[level]) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const Json& inner) { return flatten(inner, sizes, level + 1, into); });
}

[[noreturn]] void no_golden(const Bundle& bundle, const std::string& problem) {
  throw Error(bundle.path("golden.json") + " holds no golden jets: " + problem,
              "nobody could tell whether the model still answers as it was trained to", "export the model again");
}

// All numbers of the member `name`, an array of these sizes.
template <typename T>
std::vector<T> read_numbers(const Bundle& bundle, const Json& root, const char* name,
                            const std::vector<std::size_t>& sizes) {
  std::vector<T> numbers;
  if (flatten(member(root, name), sizes, 0, numbers)) return numbers;
  std::string shape;
  for (const std::size_t size : sizes) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  no_golden(bundle, std::string(name) + " is not (" + shape + ") " +
                        (std::is_integral_v<T> ? "whole numbers below 2^31" : "finite numbers"));
}

Golden read_golden(const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest;
  const std::size_t p = manifest.max_constituents, z = manifest.noise_size, q = manifest.max_output_constituents;
  const Json root = Json::parse(bundle.files.at("golden.json"), nullptr, false);
  if (!root.is_object()) no_golden(bundle, "it is no JSON object");
  std::set<std::string> names = {"constituents", "noise", "output"};
  if (manifest.uses_pids()) names.insert("pid");
  if (manifest.tells_pids()) names.insert("output_pid");
  for (const auto& [name, value] : root.items()) {
    if (names.count(name) == 0) no_golden(bundle, "the model that the manifest describes has no " + name);
  }
  const Json& noise = member(root, "noise");
  Golden golden{noise.is_array() ? noise.size() : 0, {}, {}, {}, {}, {}};
  const std::size_t jets = golden.jets;
  if (jets == 0) no_golden(bundle, "there is not one");
  golden.constituents = read_numbers<float>(bundle, root, "constituents", {jets, p, 3});
  golden.noise = read_numbers<float>(bundle, root, "noise", {jets, z});
  golden.output = read_numbers<float>(bundle, root, "output", {jets, q, 3});
  if (manifest.uses_pids()) golden.pids = read_numbers<std::int32_t>(bundle, root, "pid", {jets, p});
  if (manifest.tells_pids()) golden.output_pids = read_numbers<std::int32_t>(bundle, root, "output_pid", {jets, q});
  return golden;
}

[[noreturn]] void differs(const Bundle& bundle, const std::string& problem, const std::string& allowed) {
  throw Error(bundle.folder + ": golden jets: " + problem, allowed,
              "use another version of the runtime, or export the model again");
}

void compare_pids(const Bundle& bundle, const std::string& backend, const std::vector<std::int32_t>& expected,
                  const std::vector<std::int32_t>& found) {
  const auto different = std::mismatch(expected.begin(), expected.end(), found.begin());
  if (different.first == expected.end()) return;
  const auto place = static_cast<std::size_t>(different.first - expected.begin());
  const std::size_t rows = bundle.manifest.max_output_constituents;
  differs(bundle,
          "pid of constituent " + std::to_string(place % rows) + " of jet " + std::to_string(place / rows) + " is " +
              std::to_string(*different.second) + " with " + backend + ", not " + std::to_string(*different.first),
          "identities are the same everywhere");
}

}  // namespace

void replay_golden(const Backend& backend, const Bundle& bundle) {
  const Golden golden = read_golden(bundle);
  const Manifest& manifest = bundle.manifest;
  std::vector<float> found(golden.output.size());
  std::vector<std::int32_t> found_pids(golden.output_pids.size());
  backend.run({golden.jets, golden.constituents.data(), golden.noise.data(), golden.pids.data()},
              {found.data(), found_pids.data()});
  const std::size_t size = 3 * manifest.max_output_constituents;
  for (std::size_t jet = 0; jet < golden.jets; ++jet) {
    const float* expected = golden.output.data() + jet * size;
    double largest = 0;
    for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(double{expected[i]}));
    const double allowed = manifest.absolute + manifest.relative * largest;
    for (std::size_t i = 0; i < size; ++i) {
      const double value = found[jet * size + i];
      if (std::abs(value - expected[i]) <= allowed) continue;  // NaN goes on
      differs(bundle,
              kComponents[i % 3] + (" of constituent " + std::to_string(i / 3)) + " of jet " + std::to_string(jet) +
                  " is " + shown(value) + " GeV with " + backend.description() + ", not " + shown(double{expected[i]}) +
                  " GeV",
              "outputs may differ by " + shown(allowed) + " GeV");
    }
  }
  compare_pids(bundle, backend.description(), golden.output_pids, found_pids);
}

}  // namespace pyjetsim
