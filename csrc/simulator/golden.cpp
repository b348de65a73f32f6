#include "simulator/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
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
};

// Adds all numbers of nested arrays; false where they are not finite or not of these sizes.
bool flatten(const Json& value, const std::vector<std::size_t>& sizes, std::size_t level, std::vector<float>& into) {
  if (level == sizes.size()) {
    if (!value.is_number() || !(std::abs(value.get<double>()) <= double{std::numeric_limits<float>::max()}))
      return false;
    into.push_back(value.get<float>());
    return true;
  }
  if (!value.is_array() || value.size() != sizes[level]) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const Json& inner) { return flatten(inner, sizes, level + 1, into); });
}

Golden read_golden(const Bundle& bundle) {
  const std::size_t p = bundle.manifest.max_constituents, z = bundle.manifest.noise_size;
  const Json root = Json::parse(bundle.files.at("golden.json"), nullptr, false);
  Golden golden{0, {}, {}, {}};
  const Json& noise = member(root, "noise");
  bool whole = noise.is_array() && !noise.empty();
  if (whole) {
    const std::size_t jets = golden.jets = noise.size();
    whole = flatten(member(root, "constituents"), {jets, p, 3}, 0, golden.constituents) &&
            flatten(noise, {jets, z}, 0, golden.noise) &&
            flatten(member(root, "output"), {jets, p, 3}, 0, golden.output);
  }
  if (!whole) {
    throw Error(bundle.path("golden.json") + " holds no golden jets",
                "nobody could tell whether the model still answers as it was trained to", "export the model again");
  }
  return golden;
}

}  // namespace

void replay_golden(const Backend& backend, const Bundle& bundle) {
  const Golden golden = read_golden(bundle);
  const Manifest& manifest = bundle.manifest;
  std::vector<float> found(golden.output.size());
  backend.run(golden.constituents.data(), golden.noise.data(), golden.jets, found.data());
  const std::size_t size = 3 * manifest.max_constituents;
  for (std::size_t jet = 0; jet < golden.jets; ++jet) {
    const float* expected = golden.output.data() + jet * size;
    double largest = 0;
    for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(double{expected[i]}));
    const double allowed = manifest.absolute + manifest.relative * largest;
    for (std::size_t i = 0; i < size; ++i) {
      const double value = found[jet * size + i];
      if (std::abs(value - expected[i]) <= allowed) continue;  // NaN goes on
      throw Error(bundle.folder + ": golden jets: " + kComponents[i % 3] + " of constituent " + std::to_string(i / 3) +
                      " of jet " + std::to_string(jet) + " is " + shown(value) + " GeV with " + backend.description() +
                      ", not " + shown(double{expected[i]}) + " GeV",
                  "outputs may differ by " + shown(allowed) + " GeV",
                  "use another version of the runtime, or export the model again");
    }
  }
}

}  // namespace pyjetsim
