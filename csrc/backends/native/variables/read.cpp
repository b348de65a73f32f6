#include "backends/native/variables/read.h"

#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/native/model_reader.h"

namespace pyjetsim::native {
namespace {

constexpr int kMostColumns = 256, kMostLayers = 64;

// A model's own memory. What a deque holds stays where it is when more is added.
struct Owned {
  Variables model;
  std::deque<std::vector<float>> numbers;
  std::deque<std::vector<int>> places;
  std::deque<std::vector<Linear>> linears;
  std::vector<Condition> conditions;
  std::vector<Target> targets;
  std::vector<CategoryHead> heads;
  std::vector<Coupling> layers;
};

class VariablesReader : private ModelReader {
 public:
  VariablesReader(const File& file, Owned& owned)
      : ModelReader(file, owned.numbers), owned_(owned), model_(owned.model) {}

  void read() {
    model_.width = count("width", 1, 1024);
    model_.blocks = count("blocks", 0, 16);
    model_.bins = count("bins", 2, 256);
    model_.efficiency_width = count("efficiency_width", 1, 1024);
    model_.categories_width = count("categories_width", 1, 1024);
    read_columns();
    model_.condition_mean = keep(tensor("condition_mean", {model_.inputs}));
    model_.condition_width = keep(tensor("condition_width", {model_.inputs}));
    model_.target_mean = keep(tensor("target_mean", {model_.n_numbers}));
    model_.target_width = keep(tensor("target_width", {model_.n_numbers}));
    for (int i = 0; i < model_.inputs; ++i) {
      if (!(model_.condition_width[i] > 0)) damaged(file_.path, "a width of its conditions is not above 0");
    }
    model_.efficiency = network("efficiency.", model_.inputs, model_.efficiency_width, 1);
    for (std::size_t i = 0; i < owned_.heads.size(); ++i) {
      CategoryHead& head = owned_.heads[i];
      head.network =
          network("categories.heads." + std::to_string(i) + ".", head.first, model_.categories_width, head.size);
    }
    read_layers();
    check_all_used();
  }

 private:
  using ModelReader::number;

  float number(const Json& of, const char* name) const { return number(setting(of, name), name, -1e30); }

  const Json& list(const Json& value, const char* name, std::size_t least, std::size_t most) const {
    if (!value.is_array() || value.size() < least || value.size() > most) wrong(name);
    return value;
  }

  // Of a category; none: null.
  const float* values(const Json& of, int& size) {
    const Json& all = member(of, "values");
    if (all.is_null()) return nullptr;
    std::vector<float> found;
    for (const Json& each : list(all, "values", 2, 1024)) {
      found.push_back(static_cast<float>(count(each, "values", -1000000000, 1000000000)));
    }
    size = static_cast<int>(found.size());
    return keep(std::move(found));
  }

  Transform transform(const Json& of) const {
    const Json& name = setting(of, "transform");
    if (name == "none") return Transform::kNone;
    if (name == "log") return Transform::kLog;
    if (name == "logit") return Transform::kLogit;
    if (name == "arctan") return Transform::kArctan;
    wrong("transform");
  }

  void read_columns() {
    for (const Json& each : list(setting("conditions"), "conditions", 1, kMostColumns)) {
      Condition condition;
      condition.values = values(each, condition.n_values);
      condition.transform = transform(each);
      condition.offset = number(each, "offset");
      model_.inputs += condition.values == nullptr ? 1 : condition.n_values;
      owned_.conditions.push_back(condition);
    }
    model_.given = model_.inputs;
    for (const Json& each : list(setting("targets"), "targets", 1, kMostColumns))
      owned_.targets.push_back(target(each));
    if (model_.n_numbers < 1) wrong("targets");
    model_.conditions = owned_.conditions.data();
    model_.targets = owned_.targets.data();
    model_.heads = owned_.heads.data();
    model_.n_conditions = static_cast<int>(owned_.conditions.size());
    model_.n_targets = static_cast<int>(owned_.targets.size());
    model_.n_heads = static_cast<int>(owned_.heads.size());
  }

  Target target(const Json& of) {
    Target target;
    target.values = values(of, target.n_values);
    if (target.values != nullptr) {
      target.n_categories = target.n_values;
    } else {
      ++model_.n_numbers;
      target.limited = yes_or_no(of, "limited");
    }
    if (target.limited) {
      target.whole = yes_or_no(of, "whole");
      target.transform = transform(of);
      std::pair<const char*, float*> const all[] = {{"low", &target.low},
                                                    {"high", &target.high},
                                                    {"low_number", &target.low_number},
                                                    {"high_number", &target.high_number},
                                                    {"offset", &target.offset},
                                                    {"scale", &target.scale},
                                                    {"centre", &target.centre}};
      for (const auto& [name, to] : all) *to = number(of, name);
      target.has_below = point_mass(of, "below", target.below);
      target.has_above = point_mass(of, "above", target.above);
      target.n_categories = 1 + static_cast<int>(target.has_below) + static_cast<int>(target.has_above);
    }
    if (target.n_categories > 1) {
      target.category = model_.given;
      owned_.heads.push_back({{}, model_.given, target.n_categories});
      model_.given += target.n_categories;
    }
    return target;
  }

  bool yes_or_no(const Json& of, const char* name) const {
    const Json& value = setting(of, name);
    if (!value.is_boolean()) wrong(name);
    return value.get<bool>();
  }

  bool point_mass(const Json& of, const char* name, float& value) const {
    if (member(of, name).is_null()) return false;
    value = number(of, name);
    return true;
  }

  const int* places(const Json& of, const char* name, int& size, std::set<int>& all) {
    std::vector<int> found;
    for (const Json& each : list(setting(of, name), name, 0, kMostColumns)) {
      found.push_back(count(each, name, 0, model_.n_numbers - 1));
      if (!all.insert(found.back()).second) wrong(name);
    }
    size = static_cast<int>(found.size());
    owned_.places.push_back(std::move(found));
    return owned_.places.back().data();
  }

  void read_layers() {
    const Json& all = list(setting("layers"), "layers", 1, kMostLayers);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name = "flow.layers." + std::to_string(i) + ".conditioner.";
      Coupling layer;
      std::set<int> places_of_both;
      layer.kept = places(all[i], "kept", layer.n_kept, places_of_both);
      layer.changed = places(all[i], "changed", layer.n_changed, places_of_both);
      // As many as there is memory for.
      if (static_cast<int>(places_of_both.size()) != model_.n_numbers || layer.n_changed < 1 ||
          layer.n_changed > (model_.n_numbers + 1) / 2) {
        wrong("layers");
      }
      layer.first = linear(name + "first", layer.n_kept + model_.given, model_.width);
      std::vector<Linear> inner, outer;
      for (int block = 0; block < model_.blocks; ++block) {
        inner.push_back(linear(name + "inner." + std::to_string(block), model_.width, model_.width));
        outer.push_back(linear(name + "outer." + std::to_string(block), model_.width, model_.width));
      }
      owned_.linears.push_back(std::move(inner));
      layer.inner = owned_.linears.back().data();
      owned_.linears.push_back(std::move(outer));
      layer.outer = owned_.linears.back().data();
      layer.last = linear(name + "last", model_.width, layer.n_changed * (3 * model_.bins - 1));
      owned_.layers.push_back(layer);
    }
    model_.layers = owned_.layers.data();
    model_.n_layers = static_cast<int>(owned_.layers.size());
  }

  // Of two hidden layers.
  Network network(const std::string& name, int inputs, int hidden, int outputs) {
    Network found;
    found.n_layers = 3;
    found.layers[0] = linear(name + "0", inputs, hidden);
    found.layers[1] = linear(name + "1", hidden, hidden);
    found.layers[2] = linear(name + "2", hidden, outputs);
    return found;
  }

  Owned& owned_;
  Variables& model_;
};

}  // namespace

std::shared_ptr<const Variables> read_variables(const File& file) {
  const auto owned = std::make_shared<Owned>();
  VariablesReader(file, *owned).read();
  return {owned, &owned->model};
}

}  // namespace pyjetsim::native
