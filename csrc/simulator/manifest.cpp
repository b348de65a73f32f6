#include "simulator/manifest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pyjetsim/error.h"
#include "simulator/member.h"

namespace pyjetsim {
namespace {

using Json = nlohmann::json;

[[noreturn]] void altered(const std::string& path, const std::string& problem) {
  throw Error(path + ": " + problem, "it was damaged or altered",
              "export the model again with `pyjetsim export`, or get a whole copy");
}

bool is_flat(const Json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& inner) { return inner.is_primitive(); });
}

// A value for a message: short, on one line, and at any depth of nesting.
std::string shown(const Json& value) {
  constexpr std::size_t kMost = 60;
  if (is_flat(value) && value.size() <= 3) {
    std::string all;
    for (const Json& inner : value) all += (all.empty() ? "" : ", ") + shown(inner);
    return "[" + all + "]";
  }
  if (value.is_structured()) return std::string(value.type_name()) + " of " + std::to_string(value.size());
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

// Looks up members by path, and says which was wrong.
class Reader {
 public:
  Reader(const Json& root, const std::string& path) : root_(root), path_(path) {}

  const Json& at(const std::string& pointer) const {
    const Json::json_pointer where(pointer);
    if (!root_.contains(where)) altered(path_, pointer + " is missing");
    return root_.at(where);
  }

  bool has(const std::string& pointer) const { return root_.contains(Json::json_pointer(pointer)); }

  // At least 0.
  double number(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_number() || !(value.get<double>() >= 0) || !std::isfinite(value.get<double>())) {
      altered(path_, pointer + " is " + shown(value) + ", not a number of at least 0");
    }
    return value.get<double>();
  }

  double positive(const std::string& pointer) const {
    const double value = number(pointer);
    if (value == 0) altered(path_, pointer + " is 0, not a number above 0");
    return value;
  }

  std::size_t count(const std::string& pointer) const {
    const Json& value = at(pointer);
    constexpr std::size_t kMost = 1 << 24;
    if (!value.is_number_unsigned() || value.get<std::size_t>() < 1 || value.get<std::size_t>() > kMost) {
      altered(path_, pointer + " is " + shown(value) + ", not a whole number from 1 to 16777216");
    }
    return value.get<std::size_t>();
  }

  std::string text(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_string() || value.get<std::string>().empty()) altered(path_, pointer + " is " + shown(value));
    return value.get<std::string>();
  }

  // Of a graph's tensor.
  std::string name(const std::string& pointer) const {
    std::string found = text(pointer);
    if (found.find('\0') != std::string::npos) altered(path_, pointer + " is " + shown(at(pointer)));
    return found;
  }

  Range range(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number() ||
        !(value[0].get<double>() <= value[1].get<double>())) {
      altered(path_, pointer + " is " + shown(value) + ", not the lowest and the highest value");
    }
    return {value[0].get<double>(), value[1].get<double>()};
  }

  // Of a tensor (batch, ...) of this many dimensions.
  void check_rank(const std::string& pointer, std::size_t rank) const {
    const Json& shape = at(pointer);
    if (!shape.is_array() || shape.size() != rank || shape[0] != "batch") {
      altered(path_, pointer + " is " + shown(shape) + ", not a batch of the kind that models take");
    }
  }

 private:
  const Json& root_;
  const std::string& path_;
};

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of("/\\") == std::string::npos &&
         name.find('\0') == std::string::npos;
}

bool is_sha256(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::map<std::string, std::string> read_files(const Json& files, const std::string& path) {
  if (!files.is_object()) altered(path, "/files is not a list of names and SHA-256");
  std::map<std::string, std::string> found;
  for (const auto& [name, hash] : files.items()) {
    if (!is_plain_name(name)) {
      altered(path, "/files names " + shown(name) + ", which is not a plain name inside the bundle");
    }
    if (!is_sha256(hash)) altered(path, "/files/" + shown(name) + " is " + shown(hash) + ", not a SHA-256");
    found[name] = hash;
  }
  for (const char* name : {"model.onnx", "golden.json"}) {
    if (found.count(name) == 0) altered(path, "/files does not name " + std::string(name));
  }
  return found;
}

void check_format(const Json& root, const std::string& path) {
  const Json& format = member(root, "format");
  if (format != "pyjetsim.bundle") {
    throw Error(path + ": format is " + shown(format) + ", not \"pyjetsim.bundle\"", "it describes something else",
                "give a folder that `pyjetsim export` wrote");
  }
  const Json& version = member(root, "version");
  if (version != 1 && version != 2) {
    throw Error(path + ": version is " + shown(version) + ", this pyjetsim reads 1 and 2",
                "its meaning may have changed", "use the pyjetsim that wrote it, or export the model again");
  }
}

// PDG ids (batch, P) of the constituents whose shape is at `constituents`; their name.
std::string read_pids(const Reader& read, const std::string& pointer, const std::string& constituents,
                      const std::string& path) {
  read.check_rank(pointer + "/shape", 2);
  const Json &found = read.at(pointer + "/shape/1"), &expected = read.at(constituents + "/shape/1");
  if (!found.is_primitive() || found != expected) {
    altered(path, pointer + "/shape/1 is " + shown(found) + ", and " + constituents + "/shape/1 " + shown(expected));
  }
  if (read.text(pointer + "/unit") != "PDG id") {
    altered(path, pointer + "/unit is " + shown(read.at(pointer + "/unit")) + ", not \"PDG id\"");
  }
  return read.name(pointer + "/name");
}

void read_tensors(const Reader& read, bool first_version, const std::string& path, Manifest& manifest) {
  const Json& inputs = read.at("/inputs");
  const bool uses_pids = !first_version && inputs.is_array() && inputs.size() == 3;
  if (!inputs.is_array() || (inputs.size() != 2 && !uses_pids)) {
    altered(path, "/inputs is " + shown(inputs) + ", not constituents and noise" +
                      (first_version ? "" : ", and perhaps pid"));
  }
  for (const char* momenta : {"/inputs/0/shape", "/output/shape"}) {
    read.check_rank(momenta, 3);
    if (read.at(momenta)[2] != 3) altered(path, momenta + (" is " + shown(read.at(momenta))) + ", not (batch, P, 3)");
  }
  read.check_rank("/inputs/1/shape", 2);
  manifest.constituents_name = read.name("/inputs/0/name");
  manifest.noise_name = read.name("/inputs/1/name");
  manifest.output_name = read.name("/output/name");
  manifest.max_constituents = read.count("/inputs/0/shape/1");
  manifest.noise_size = read.count("/inputs/1/shape/1");
  manifest.max_output_constituents = read.count("/output/shape/1");
  if (uses_pids) manifest.pid_name = read_pids(read, "/inputs/2", "/inputs/0", path);
  if (first_version) {
    if (manifest.max_output_constituents != manifest.max_constituents) {
      altered(path, "/output/shape is " + shown(read.at("/output/shape")) + ", and /inputs/0/shape " +
                        shown(read.at("/inputs/0/shape")));
    }
    if (read.has("/output_pid")) altered(path, "/output_pid is there, and version 1 has none");
  } else if (read.has("/output_pid")) {
    manifest.output_pid_name = read_pids(read, "/output_pid", "/output", path);
  }
}

}  // namespace

Manifest parse_manifest(const std::string& text, const std::string& path) {
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) altered(path, "it is no readable JSON");
  check_format(root, path);

  const Reader read(root, path);
  Manifest manifest;
  read_tensors(read, root.at("version") == 1, path, manifest);
  if (read.text("/jet_definition/algorithm") != "anti-kt") {
    altered(path, "/jet_definition/algorithm is not \"anti-kt\"");
  }
  manifest.radius = read.positive("/jet_definition/radius");
  manifest.cuts.pt_min = static_cast<float>(read.number("/cuts/constituent_pt_min"));
  if (!read.at("/cuts/constituent_eta_max").is_null()) {
    manifest.cuts.eta_max = static_cast<float>(read.positive("/cuts/constituent_eta_max"));
  }
  manifest.cuts.max_constituents = read.count("/cuts/max_constituents");
  manifest.pt = read.range("/domain/pt");
  manifest.eta = read.range("/domain/eta");
  manifest.n_constituents = read.range("/domain/n_constituents");
  manifest.absolute = read.positive("/tolerance/absolute");
  manifest.relative = read.positive("/tolerance/relative");
  manifest.files = read_files(read.at("/files"), path);
  manifest.json = text;
  return manifest;
}

}  // namespace pyjetsim
