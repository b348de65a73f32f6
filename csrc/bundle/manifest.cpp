#include "bundle/manifest.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "backends/backend.h"
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

  void check_object(const std::string& pointer) const {
    if (!at(pointer).is_object()) altered(path_, pointer + " is " + shown(at(pointer)) + ", no object");
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

  Range range(const std::string& pointer) const { return range(at(pointer), pointer); }

  Range range(const Json& value, const std::string& name) const {
    if (!value.is_array() || value.size() != 2 || !is_number(value[0]) || !is_number(value[1]) ||
        !(value[0].get<double>() <= value[1].get<double>())) {
      altered(path_, name + " is " + shown(value) + ", not the lowest and the highest value");
    }
    return {value[0].get<double>(), value[1].get<double>()};
  }

  // A tensor of versions 1 and 2, of numbers in `unit`. The batch is its first dimension; `momenta` have three numbers
  // a row.
  TensorInfo plain_tensor(const std::string& pointer, ElementType type, const char* unit, bool momenta) const {
    check_members(pointer, {"name", "shape", "unit"});
    return fixed_tensor(pointer, type, unit, momenta);
  }

  // A tensor of version 3: an input with a role, or an output.
  TensorInfo tensor(const std::string& pointer, bool is_input) const {
    if (is_input) {
      check_members(pointer, {"name", "dtype", "shape", "unit", "role"}, {"of_event"});
    } else {
      check_members(pointer, {"name", "dtype", "shape", "unit"});
    }
    TensorInfo info;
    info.name = name(pointer + "/name");
    info.type = element_type(pointer + "/dtype");
    info.unit = text(pointer + "/unit");
    const Json& shape = at(pointer + "/shape");
    if (!shape.is_array() || shape.size() < 2 || shape.size() > 1 + kMostDimensions || shape[0] != "batch") {
      altered(path_, pointer + "/shape is " + shown(shape) + ", not \"batch\" and 1 to 7 sizes");
    }
    constexpr std::size_t kMostNumbers = std::size_t{1} << 26;
    std::size_t numbers = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) {
      info.shape.push_back(count(pointer + "/shape/" + std::to_string(i)));
      numbers *= info.shape.back();
      if (numbers > kMostNumbers) altered(path_, pointer + "/shape is more than 67108864 numbers a row");
    }
    if (!is_input) return info;
    const std::string role = text(pointer + "/role");
    if (role != "condition" && role != "noise") {
      altered(path_, pointer + "/role is " + shown(at(pointer + "/role")) + ", not \"condition\" or \"noise\"");
    }
    info.is_noise = role == "noise";
    if (info.is_noise) fixed_tensor(pointer, ElementType::kFloat32, "standard normal", false);
    if (info.is_noise && info.type != ElementType::kFloat32) {
      altered(path_, pointer + "/dtype is " + shown(at(pointer + "/dtype")) + ", and noise is \"float32\"");
    }
    if (at(pointer).contains("of_event")) {
      info.of_event = count(pointer + "/of_event");
      if (!info.is_noise || info.of_event > info.shape[0]) {
        altered(path_,
                pointer + "/of_event is " + shown(at(pointer + "/of_event")) + ", and not at most the size of a noise");
      }
    }
    return info;
  }

  // What its shape and unit have to be.
  TensorInfo fixed_tensor(const std::string& pointer, ElementType type, const char* unit, bool momenta) const {
    const Json& shape = at(pointer + "/shape");
    if (!shape.is_array() || shape.size() != (momenta ? 3u : 2u) || shape[0] != "batch" || (momenta && shape[2] != 3)) {
      altered(path_, pointer + "/shape is " + shown(shape) + ", not (batch, " + (momenta ? "P, 3)" : "size)"));
    }
    TensorInfo info;
    info.type = type;
    info.shape.push_back(count(pointer + "/shape/1"));
    if (momenta) info.shape.push_back(3);
    check_text(pointer + "/unit", unit);
    info.unit = unit;
    info.name = name(pointer + "/name");
    return info;
  }

 private:
  std::string name(const std::string& pointer) const {
    std::string found = text(pointer);
    if (found.find('\0') != std::string::npos) altered(path_, pointer + " is " + shown(at(pointer)));
    return found;
  }

  ElementType element_type(const std::string& pointer) const {
    const std::string found = text(pointer);
    if (found == "float32") return ElementType::kFloat32;
    if (found == "int32") return ElementType::kInt32;
    if (found == "int64") return ElementType::kInt64;
    altered(path_, pointer + " is " + shown(at(pointer)) + ", not \"float32\", \"int32\" or \"int64\"");
  }

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
  if (version != 1 && version != 2 && version != 3) {
    throw Error(path + ": version is " + shown(version) + ", this pyjetsim reads 1, 2 and 3",
                "its meaning may have changed", "use the pyjetsim that wrote it, or export the model again");
  }
}

// A pid has as many rows as its constituents.
void check_pids(const TensorInfo& pids, const std::string& pointer, const TensorInfo& constituents,
                const std::string& of, const std::string& path) {
  if (pids.shape[0] == constituents.shape[0]) return;
  altered(path, pointer + "/shape/1 is " + std::to_string(pids.shape[0]) + ", and " + of + "/shape/1 " +
                    std::to_string(constituents.shape[0]));
}

void read_first_tensors(const Reader& read, int version, const std::string& path, Manifest& manifest) {
  const Json& inputs = read.at("/inputs");
  const bool takes_pids = version == 2 && inputs.is_array() && inputs.size() == 3;
  if (!inputs.is_array() || (inputs.size() != 2 && !takes_pids)) {
    altered(path,
            "/inputs is " + shown(inputs) + ", not constituents and noise" + (version == 1 ? "" : ", and perhaps pid"));
  }
  manifest.inputs = {read.plain_tensor("/inputs/0", ElementType::kFloat32, "GeV", true),
                     read.plain_tensor("/inputs/1", ElementType::kFloat32, "standard normal", false)};
  manifest.inputs[1].is_noise = true;
  manifest.outputs = {read.plain_tensor("/output", ElementType::kFloat32, "GeV", true)};
  if (takes_pids) {
    manifest.inputs.push_back(read.plain_tensor("/inputs/2", ElementType::kInt32, "PDG id", false));
    check_pids(manifest.inputs[2], "/inputs/2", manifest.inputs[0], "/inputs/0", path);
  }
  if (version == 1) {
    if (manifest.outputs[0].shape != manifest.inputs[0].shape) {
      altered(path, "/output/shape is " + shown(read.at("/output/shape")) + ", and /inputs/0/shape " +
                        shown(read.at("/inputs/0/shape")));
    }
    if (read.has("/output_pid")) altered(path, "/output_pid is there, and version 1 has none");
  } else if (read.has("/output_pid")) {
    manifest.outputs.push_back(read.plain_tensor("/output_pid", ElementType::kInt32, "PDG id", false));
    check_pids(manifest.outputs[1], "/output_pid", manifest.outputs[0], "/output", path);
  }
}

std::vector<TensorInfo> read_tensors(const Reader& read, const std::string& pointer, const std::string& path) {
  const Json& all = read.at(pointer);
  if (!all.is_array() || all.empty() || all.size() > kMostTensors) {
    altered(path, pointer + " is " + shown(all) + ", not a list of 1 to 32 tensors");
  }
  std::vector<TensorInfo> tensors;
  for (std::size_t i = 0; i < all.size(); ++i) {
    tensors.push_back(read.tensor(pointer + '/' + std::to_string(i), pointer == "/inputs"));
  }
  return tensors;
}

void check_names(const Manifest& manifest, const std::string& path) {
  std::set<std::string> names;
  int noises = 0;
  for (const auto* tensors : {&manifest.inputs, &manifest.outputs}) {
    for (const TensorInfo& each : *tensors) {
      if (!names.insert(each.name).second) altered(path, "two tensors are named " + shown(each.name));
      noises += each.is_noise;
    }
  }
  if (noises > 1) altered(path, "/inputs has two tensors of the role \"noise\"");
}

// The tensor at `place` has to be this one.
void check_constituents_tensor(const Reader& read, const std::string& pointer, const TensorInfo& found,
                               ElementType type, const char* unit, bool momenta, bool is_noise,
                               const std::string& path) {
  if (found.type != type) {
    altered(path, pointer + "/dtype is " + shown(read.at(pointer + "/dtype")) + ", not \"" +
                      (type == ElementType::kInt32 ? "int32" : "float32") + '"');
  }
  if (found.is_noise != is_noise) {
    altered(path, pointer + "/role is " + shown(read.at(pointer + "/role")) + ", not \"" +
                      (is_noise ? "noise" : "condition") + '"');
  }
  read.fixed_tensor(pointer, type, unit, momenta);
}

// Those of version 2, in its order.
void check_constituents_tensors(const Reader& read, const Manifest& manifest, const std::string& path) {
  const std::vector<TensorInfo>&inputs = manifest.inputs, &outputs = manifest.outputs;
  if (inputs.size() < 2 || inputs.size() > 3) {
    altered(path, "/inputs is " + shown(read.at("/inputs")) + ", not constituents and noise, and perhaps pid");
  }
  if (outputs.size() > 2) {
    altered(path, "/outputs is " + shown(read.at("/outputs")) + ", not constituents, and perhaps pid");
  }
  check_constituents_tensor(read, "/inputs/0", inputs[0], ElementType::kFloat32, "GeV", true, false, path);
  check_constituents_tensor(read, "/inputs/1", inputs[1], ElementType::kFloat32, "standard normal", false, true, path);
  check_constituents_tensor(read, "/outputs/0", outputs[0], ElementType::kFloat32, "GeV", true, false, path);
  if (inputs.size() == 3) {
    check_constituents_tensor(read, "/inputs/2", inputs[2], ElementType::kInt32, "PDG id", false, false, path);
    check_pids(inputs[2], "/inputs/2", inputs[0], "/inputs/0", path);
  }
  if (outputs.size() == 2) {
    check_constituents_tensor(read, "/outputs/1", outputs[1], ElementType::kInt32, "PDG id", false, false, path);
    check_pids(outputs[1], "/outputs/1", outputs[0], "/outputs/0", path);
  }
}

// What the task "constituents" is set to. `settings`: where the jet definition and the cuts stand.
void read_constituents(const Reader& read, const std::string& settings, Manifest& manifest) {
  manifest.max_constituents = manifest.inputs[0].shape[0];
  manifest.noise_size = manifest.inputs[1].shape[0];
  manifest.max_output_constituents = manifest.outputs[0].shape[0];
  const std::string definition = settings + "/jet_definition", cuts = settings + "/cuts";
  read.check_members(definition, {"algorithm", "radius"});
  read.check_text(definition + "/algorithm", "anti-kt");
  manifest.radius = read.positive(definition + "/radius");
  read.check_members(cuts, {"constituent_pt_min", "constituent_eta_max", "max_constituents"});
  manifest.cuts.pt_min = static_cast<float>(read.number(cuts + "/constituent_pt_min"));
  if (!read.at(cuts + "/constituent_eta_max").is_null()) {
    manifest.cuts.eta_max = static_cast<float>(read.positive(cuts + "/constituent_eta_max"));
  }
  manifest.cuts.max_constituents = read.count(cuts + "/max_constituents");
  read.check_members("/domain", {"pt", "eta", "n_constituents"});
  manifest.pt = read.range("/domain/pt");
  manifest.eta = read.range("/domain/eta");
  manifest.n_constituents = read.range("/domain/n_constituents");
}

bool is_task(const std::string& name) {
  constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz";
  constexpr const char* kOthers = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !name.empty() && std::string(kLetters).find(name[0]) != std::string::npos &&
         name.find_first_not_of(kOthers) == std::string::npos;
}

void read_third(const Reader& read, const std::string& path, Manifest& manifest) {
  read.check_members("", {"format", "version", "task", "model", "opset", "inputs", "outputs", "settings", "domain",
                          "tolerance", "provenance", "files"});
  manifest.task = read.text("/task");
  if (!is_task(manifest.task)) {
    altered(path, "/task is " + shown(read.at("/task")) + ", not lower case letters, digits and underscores");
  }
  manifest.inputs = read_tensors(read, "/inputs", path);
  manifest.outputs = read_tensors(read, "/outputs", path);
  check_names(manifest, path);
  if (manifest.task == kConstituentsTask) {
    check_constituents_tensors(read, manifest, path);
    read.check_members("/settings", {"jet_definition", "cuts"});
    read_constituents(read, "/settings", manifest);
    return;
  }
  read.check_object("/settings");
  read.check_object("/domain");
  for (const auto& [name, limits] : read.at("/domain").items()) read.range(limits, "/domain/" + shown(name));
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
  Manifest manifest;
  manifest.version = static_cast<int>(root.at("version").get<double>());
  if (manifest.version == 3) {
    read_third(read, path, manifest);
  } else {
    read.check_members("",
                       {"format", "version", "model", "opset", "inputs", "output", "jet_definition", "cuts", "domain",
                        "tolerance", "provenance", "files"},
                       {"output_pid"});
    manifest.task = kConstituentsTask;
    read_first_tensors(read, manifest.version, path, manifest);
    read_constituents(read, "", manifest);
  }
  read.text("/model");
  read.count("/opset");
  read.check_members("/tolerance", {"absolute", "relative"});
  manifest.absolute = read.positive("/tolerance/absolute");
  manifest.relative = read.positive("/tolerance/relative");
  read.check_object("/provenance");
  manifest.files = read_files(read.at("/files"), path);
  manifest.json = text;
  return manifest;
}

}  // namespace pyjetsim
