#include "bundle/manifest.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "bundle/json.h"
#include "pyjetsim/error.h"

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

// Numbers are kept in single precision, as the model's are.
constexpr double kLargest = std::numeric_limits<float>::max();

bool is_number(const Json& value) { return value.is_number() && std::abs(value.get<double>()) <= kLargest; }

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

  // That there is an object with these members, and with no others but those in `optional`.
  void check_members(const std::string& pointer, std::initializer_list<const char*> names,
                     std::initializer_list<const char*> optional = {}) const {
    const Json& object = at(pointer);
    if (!object.is_object())
      altered(path_, (pointer.empty() ? "it" : pointer) + " is " + shown(object) + ", no object");
    for (const char* name : names) at(pointer + '/' + name);
    for (const auto& [name, value] : object.items()) {
      const auto is_it = [&known = name](const char* each) { return known == each; };
      if (std::none_of(names.begin(), names.end(), is_it) && std::none_of(optional.begin(), optional.end(), is_it)) {
        throw Error(path_ + ": " + (pointer.empty() ? "it" : pointer) + " has a field " + shown(name) +
                        " that this pyjetsim does not know",
                    "what it asks for would not be done", "use the pyjetsim that wrote it, or export the model again");
      }
    }
  }

  // At least 0.
  double number(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!is_number(value) || value.get<double>() < 0) {
      altered(path_, pointer + " is " + shown(value) + ", not a number of at least 0");
    }
    return value.get<double>();
  }

  double positive(const std::string& pointer) const {
    const double value = number(pointer);
    if (value == 0) altered(path_, pointer + " is 0, not a number above 0");
    return value;
  }

  // JSON has one kind of number: 50.0 is a whole one.
  std::size_t count(const std::string& pointer) const {
    const Json& value = at(pointer);
    constexpr double kMost = 1 << 24;
    const double found = value.is_number() ? value.get<double>() : 0;
    if (!(found >= 1 && found <= kMost && found == std::floor(found))) {
      altered(path_, pointer + " is " + shown(value) + ", not a whole number from 1 to 16777216");
    }
    return static_cast<std::size_t>(found);
  }

  std::string text(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_string() || value.get<std::string>().empty()) altered(path_, pointer + " is " + shown(value));
    return value.get<std::string>();
  }

  void check_text(const std::string& pointer, const char* wanted) const {
    if (text(pointer) != wanted) altered(path_, pointer + " is " + shown(at(pointer)) + ", not \"" + wanted + '"');
  }

  Range range(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_array() || value.size() != 2 || !is_number(value[0]) || !is_number(value[1]) ||
        !(value[0].get<double>() <= value[1].get<double>())) {
      altered(path_, pointer + " is " + shown(value) + ", not the lowest and the highest value");
    }
    return {value[0].get<double>(), value[1].get<double>()};
  }

  // A tensor of numbers in `unit`: its name. The batch is its first dimension; `momenta` have three numbers a row.
  std::string tensor(const std::string& pointer, const char* unit, bool momenta) const {
    check_members(pointer, {"name", "shape", "unit"});
    const Json& shape = at(pointer + "/shape");
    if (!shape.is_array() || shape.size() != (momenta ? 3u : 2u) || shape[0] != "batch" || (momenta && shape[2] != 3)) {
      altered(path_, pointer + "/shape is " + shown(shape) + ", not (batch, " + (momenta ? "P, 3)" : "size)"));
    }
    count(pointer + "/shape/1");
    check_text(pointer + "/unit", unit);
    std::string found = text(pointer + "/name");
    if (found.find('\0') != std::string::npos) altered(path_, pointer + "/name is " + shown(at(pointer + "/name")));
    return found;
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

// PDG ids (batch, P) of the constituents at `of`; their name.
std::string read_pids(const Reader& read, const std::string& pointer, const std::string& of, const std::string& path) {
  std::string name = read.tensor(pointer, "PDG id", false);
  const std::size_t found = read.count(pointer + "/shape/1"), expected = read.count(of + "/shape/1");
  if (found != expected) {
    altered(path,
            pointer + "/shape/1 is " + std::to_string(found) + ", and " + of + "/shape/1 " + std::to_string(expected));
  }
  return name;
}

void read_tensors(const Reader& read, bool first_version, const std::string& path, Manifest& manifest) {
  const Json& inputs = read.at("/inputs");
  const bool uses_pids = !first_version && inputs.is_array() && inputs.size() == 3;
  if (!inputs.is_array() || (inputs.size() != 2 && !uses_pids)) {
    altered(path, "/inputs is " + shown(inputs) + ", not constituents and noise" +
                      (first_version ? "" : ", and perhaps pid"));
  }
  manifest.constituents_name = read.tensor("/inputs/0", "GeV", true);
  manifest.noise_name = read.tensor("/inputs/1", "standard normal", false);
  manifest.output_name = read.tensor("/output", "GeV", true);
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

// Refuses two members of one name, of which readers would take the one or the other, and nesting that only harms.
class Strict {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    constexpr std::size_t kDeepest = 200;
    if (static_cast<std::size_t>(depth) > kDeepest) too_deep_ = true;
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event == Json::parse_event_t::key && !names_.back().insert(parsed.get<std::string>()).second) {
      twice_ = parsed.get<std::string>();
    }
    return !too_deep_;  // what is refused is not built
  }

  // In words; empty where there is nothing wrong.
  std::string problem() const {
    if (too_deep_) return "it is nested deeper than any manifest";
    return twice_.empty() ? "" : "it has two fields named " + shown(twice_);
  }

 private:
  std::vector<std::set<std::string>> names_;
  std::string twice_;
  bool too_deep_ = false;
};

Json parse(const std::string& text, const std::string& path) {
  Strict strict;
  const auto check = [&strict](int depth, Json::parse_event_t event, Json& parsed) {
    return strict(depth, event, parsed);
  };
  Json root = Json::parse(text, check, /*allow_exceptions=*/false);
  const bool marked = text.rfind("\xef\xbb\xbf", 0) == 0;  // a byte order mark, which JSON has none of
  if (!strict.problem().empty()) altered(path, "it is no readable JSON: " + strict.problem());
  if (root.is_discarded() || marked) altered(path, "it is no readable JSON");
  return root;
}

}  // namespace

Manifest parse_manifest(const std::string& text, const std::string& path) {
  const Json root = parse(text, path);
  check_format(root, path);

  const Reader read(root, path);
  read.check_members("",
                     {"format", "version", "model", "opset", "inputs", "output", "jet_definition", "cuts", "domain",
                      "tolerance", "provenance", "files"},
                     {"output_pid"});
  Manifest manifest;
  read.text("/model");
  read.count("/opset");
  read_tensors(read, root.at("version") == 1, path, manifest);
  read.check_members("/jet_definition", {"algorithm", "radius"});
  read.check_text("/jet_definition/algorithm", "anti-kt");
  manifest.radius = read.positive("/jet_definition/radius");
  read.check_members("/cuts", {"constituent_pt_min", "constituent_eta_max", "max_constituents"});
  manifest.cuts.pt_min = static_cast<float>(read.number("/cuts/constituent_pt_min"));
  if (!read.at("/cuts/constituent_eta_max").is_null()) {
    manifest.cuts.eta_max = static_cast<float>(read.positive("/cuts/constituent_eta_max"));
  }
  manifest.cuts.max_constituents = read.count("/cuts/max_constituents");
  read.check_members("/domain", {"pt", "eta", "n_constituents"});
  manifest.pt = read.range("/domain/pt");
  manifest.eta = read.range("/domain/eta");
  manifest.n_constituents = read.range("/domain/n_constituents");
  read.check_members("/tolerance", {"absolute", "relative"});
  manifest.absolute = read.positive("/tolerance/absolute");
  manifest.relative = read.positive("/tolerance/relative");
  if (!read.at("/provenance").is_object()) {
    altered(path, "/provenance is " + shown(read.at("/provenance")) + ", no object");
  }
  manifest.files = read_files(read.at("/files"), path);
  manifest.json = text;
  return manifest;
}

}  // namespace pyjetsim
