#include "simulator/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "pyjetsim/error.h"
#include "simulator/member.h"

namespace pyjetsim {
namespace {

using Json = nlohmann::json;

const char* const kComponents[] = {"px", "py", "pz"};

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

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

Golden read_golden(const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest;
  const std::size_t p = manifest.max_constituents, z = manifest.noise_size, q = manifest.max_output_constituents;
  const Json root = Json::parse(bundle.files.at("golden.json"), nullptr, false);
  Golden golden{0, {}, {}, {}, {}, {}};
  const Json& noise = member(root, "noise");
  bool whole = noise.is_array() && !noise.empty();
  if (whole) {
    const std::size_t jets = golden.jets = noise.size();
    whole = flatten(member(root, "constituents"), {jets, p, 3}, 0, golden.constituents) &&
            flatten(noise, {jets, z}, 0, golden.noise) &&
            flatten(member(root, "output"), {jets, q, 3}, 0, golden.output) &&
            (!manifest.uses_pids() || flatten(member(root, "pid"), {jets, p}, 0, golden.pids)) &&
            (!manifest.tells_pids() || flatten(member(root, "output_pid"), {jets, q}, 0, golden.output_pids));
  }
  if (!whole) {
    throw Error(bundle.path("golden.json") + " holds no golden jets",
                "nobody could tell whether the model still answers as it was trained to", "export the model again");
  }
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
