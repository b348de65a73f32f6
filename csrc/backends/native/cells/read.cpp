#include "backends/native/cells/read.h"

#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "backends/native/model_reader.h"

namespace pyjetsim::native {
namespace {

// A model's own memory.
struct Owned {
  Cells model;
  std::deque<std::vector<float>> numbers;
  std::vector<EqualRings> equal[2];
  std::vector<Species> species;
  std::vector<Attention> blocks;
};

class CellsReader : private ModelReader {
 public:
  CellsReader(const File& file, Owned& owned) : ModelReader(file, owned.numbers), owned_(owned), model_(owned.model) {}

  void read() {
    read_sizes();
    read_known();
    read_networks();
    check_all_used();
  }

 private:
  using ModelReader::number;

  float number(const char* name, double least, double most = 1e30) const {
    return number(setting(name), name, least, most);
  }

  const float* list(const Json& all, const char* name, int& size) {
    if (!all.is_array() || all.size() > 1024) wrong(name);
    std::vector<float> numbers;
    for (const Json& each : all) numbers.push_back(number(each, name, 0));
    size = static_cast<int>(numbers.size());
    return keep(std::move(numbers));
  }

  void read_sizes() {
    model_.max_constituents = count("max_constituents", 1, kMostRows);
    model_.width = count("width", kPanel, 1024);
    model_.n_blocks = count("blocks", 0, 64);
    model_.heads = count("heads", 1, model_.width);
    if (model_.width % kPanel != 0 || model_.width % model_.heads != 0) wrong("width");
    const Json& extras = setting("extras");
    if (!extras.is_array() || extras.size() != kClasses) wrong("extras");
    for (int c = 0; c < kClasses; ++c) model_.extras[c] = count(extras[static_cast<std::size_t>(c)], "extras", 2, 512);
  }

  void read_known() {
    Known& known = model_.known;
    constexpr double kPositive = 1e-20;
    known.jet_radius = number("jet_radius", kPositive);
    known.candidate_pt_min = number("candidate_pt_min", kPositive);
    known.candidate_eta_max = number("candidate_eta_max", kPositive, 80);
    known.log_pt_min = number("log_pt_min", -80, 80);
    known.log_energy_min = number("log_energy_min", -80, 80);
    known.field_times_light = number("field_times_light", 0);
    known.magnet = known.field_times_light > 0;
    if (!known.magnet) known.field_times_light = 1;  // never divided by 0
    known.radius = number("radius", kPositive);
    known.half_length = number("half_length", kPositive);
    known.vertex_spread = number("vertex_spread", 0);
    known.vertex_max = number("vertex_max", 0);
    known.mean_pileup = number("mean_pileup", 0);
    known.pileup_spread = number("pileup_spread", 0);
    known.vertex_unit = number("vertex_unit", kPositive);
    known.pileup_unit = number("pileup_unit", kPositive);
    known.eta_max = number("eta_max", kPositive, 80);
    known.loops_below = number("loops_below", 0);
    known.neutral_pt_max = number("neutral_pt_max", kPositive);
    int size = 0;
    const float* const resolution = list(setting("photon_resolution"), "photon_resolution", size);
    if (size != 3) wrong("photon_resolution");
    for (int i = 0; i < 3; ++i) known.photon_resolution[i] = resolution[i];
    known.calorimeter_steps = list(setting("calorimeter_steps"), "calorimeter_steps", known.n_calorimeter_steps);
    known.track_eta_steps = list(setting("track_eta_steps"), "track_eta_steps", known.n_track_eta_steps);
    known.track_pt_steps = list(setting("track_pt_steps"), "track_pt_steps", known.n_track_pt_steps);
    model_.features = kTokenFeatures + kVZeroFeatures + 2 + known.n_calorimeter_steps + known.n_track_eta_steps +
                      known.n_track_pt_steps;
    read_grid("ecal", 0);
    read_grid("hcal", 1);
    const int rings = known.grids[0].rings;
    const float* const table = tensor("table", {rings + known.grids[1].rings, 3}).data();
    for (int row = 0; row < rings + known.grids[1].rings; ++row) {
      if (!(table[3 * row + 1] > 0) || !(table[3 * row + 2] >= 1)) damaged(file_.path, "its table has no cells");
    }
    known.grids[0].table = keep({table, table + 3 * rings});
    known.grids[1].table = keep({table + 3 * rings, table + 3 * (rings + known.grids[1].rings)});
    read_species();
  }

  void read_grid(const char* name, int place) {
    Grid& grid = model_.known.grids[place];
    const Json& all = setting(name);
    grid.rings = count(setting(all, "rings"), name, 1, 1 << 16);
    grid.edges = list(setting(all, "edges"), name, grid.n_edges);
    const Json& equal = setting(all, "equal");
    if (!equal.is_array() || equal.size() > 1024) wrong(name);
    for (const Json& each : equal) {
      if (!each.is_array() || each.size() != 3) wrong(name);
      owned_.equal[place].push_back({number(each[0], name, 0), number(each[1], name, 1e-20),
                                     static_cast<float>(count(each[2], name, 0, 1 << 16))});
    }
    grid.equal = owned_.equal[place].data();
    grid.n_equal = static_cast<int>(owned_.equal[place].size());
    const Json& reach = member(all, "reach");
    grid.reach = reach.is_null() ? std::numeric_limits<float>::infinity() : number(reach, name, 0);
  }

  void read_species() {
    const Json& all = setting("species");
    if (!all.is_array() || all.size() > 1024) wrong("species");
    for (const Json& each : all) {
      if (!each.is_array() || each.size() != 4) wrong("species");
      owned_.species.push_back({count(each[0], "species", 1, std::numeric_limits<std::int32_t>::max()),
                                count(each[1], "species", 0, kKinds - 1), number(each[2], "species", -1, 1),
                                number(each[3], "species", 0)});
    }
    model_.known.species = owned_.species.data();
    model_.known.n_species = static_cast<int>(owned_.species.size());
    const Json& typical = setting("typical");
    if (!typical.is_array() || typical.size() != kKinds) wrong("typical");
    for (std::size_t k = 0; k < kKinds; ++k) {
      model_.known.typical[k] = count(typical[k], "typical", -std::numeric_limits<std::int32_t>::max(),
                                      std::numeric_limits<std::int32_t>::max());
    }
  }

  // `layers` of SiLU, then a linear one: `mlp` of heads.py.
  Network network(const std::string& name, int inputs, int hidden, int outputs, int layers) {
    Network found;
    found.n_layers = layers + 1;
    for (int layer = 0; layer <= layers; ++layer) {
      found.layers[layer] = linear(name + "." + std::to_string(2 * layer), layer == 0 ? inputs : hidden,
                                   layer == layers ? outputs : hidden);
    }
    return found;
  }

  Head head(const std::string& name, int own, int outputs, int layers) {
    Head found;
    if (own > 0) found.own = linear(name + ".own", own, model_.width, false);
    found.rest = network(name + ".rest", model_.width, model_.width, outputs, layers - 1);
    return found;
  }

  Attention attention(const std::string& name) {
    const int width = model_.width;
    Attention block;
    block.before_scale = keep(tensor(name + ".before.weight", {width}));
    block.before_shift = keep(tensor(name + ".before.bias", {width}));
    block.between_scale = keep(tensor(name + ".between.weight", {width}));
    block.between_shift = keep(tensor(name + ".between.bias", {width}));
    block.nearness = keep(tensor(name + ".nearness", {1, model_.heads, 1, 1}));
    block.qkv = linear(name + ".qkv", width, 3 * width);
    block.out = linear(name + ".out", width, width);
    block.rest = network(name + ".rest", width, 2 * width, width, 1);
    return block;
  }

  void read_networks() {
    const int width = model_.width, pooled = 2 * width + kJetFeatures;
    model_.identity = network("identity.logits", 3, 16, kKinds, 1);
    model_.embed = network("encoder.embed", model_.features, width, width, 1);
    model_.context = network("encoder.context", pooled, width, width, 1);
    model_.told = linear("encoder.told", width, width);
    model_.told_context = linear("encoder.told_context", width, width, false);
    model_.told_out = linear("encoder.told_out", width, width);
    for (int b = 0; b < model_.n_blocks; ++b) {
      owned_.blocks.push_back(attention("encoder.blocks." + std::to_string(b)));
    }
    model_.blocks = owned_.blocks.data();
    model_.summary = network("encoder.summary", pooled, 2 * width, width, 1);
    model_.axis = network("extras.axis", width, width, 5 * kAxis, 2);
    int told = width + kAxisFeatures;
    for (int i = 0; i < kClasses; ++i) {
      const std::string number = std::to_string(i);
      model_.counts[i] = network("extras.counts." + number, told + i, width, model_.extras[kOrder[i]] + 1, 1);
      model_.anchors[i] =
          network("extras.anchors." + number, told + kClasses + kAnchorFeatures * i, width, 7 * kAnchor, 2);
      model_.rest[i] =
          network("extras.rest." + number, told + kClasses + kAnchorFeatures * kClasses, width, 7 * kRest, 2);
    }
    model_.shared_token = linear("shared.token", width + kPlaces, kHeads * width);
    model_.shared_jet = linear("shared.jet", width + kSummary, kHeads * width, false);
    model_.fates = network("fates.logits", width + kSummary, width, kFates, 1);
    model_.survival = network("survival.chance", 5, 16, 1, 1);
    model_.found = head("tracks.found", 0, kFates, 2);
    model_.scale = head("tracks.scale", kScaleInputs, 3 * kScale, 2);
    model_.residual = head("tracks.residual", kResidualInputs, 3 * kResidual, 1);
    model_.displaced = head("tracks.displaced", 0, 1 + 2 * kWidths, 1);
    const int energy = 3 * kEnergyComponents + kCells;
    model_.photon_hit = head("calorimeters.photon_hit", kPhotonInputs, kFates, 2);
    model_.photon = head("calorimeters.photon", kPhotonInputs + kAround, energy, 2);
    model_.neutral_hit = head("calorimeters.neutral_hit", kNeutralInputs, kFates, 2);
    model_.neutral = head("calorimeters.neutral", kNeutralInputs + kAround, energy, 2);
  }

  Owned& owned_;
  Cells& model_;
};

}  // namespace

std::shared_ptr<const Cells> read_cells(const File& file) {
  const auto owned = std::make_shared<Owned>();
  CellsReader(file, *owned).read();
  return {owned, &owned->model};
}

}  // namespace pyjetsim::native
