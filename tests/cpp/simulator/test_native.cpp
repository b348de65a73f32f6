// The model "cells" of the backend native, with weights by chance: the same bits on every path, and damaged files.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "backends/native/cells/read.h"
#include "expect_error.h"
#include "kernels/cpu/paths.h"

namespace pyjetsim::native {
namespace {

using nlohmann::json;

constexpr int kWidth = 16, kRows = 20, kTracks = 4, kPhotons = 6, kNeutrals = 3;
constexpr int kNoise = kJetNoise + kRows * kTokenNoise + (kTracks + kPhotons + kNeutrals) * kExtraNoise;

json settings() {
  const json grid = {{"rings", 5}, {"edges", {1.5, 2.0, 3.0}}, {"equal", {{0.0, 0.5, 2}}}, {"reach", nullptr}};
  return {{"max_constituents", kRows},
          {"width", kWidth},
          {"blocks", 1},
          {"heads", 2},
          {"extras", {kTracks, kPhotons, kNeutrals}},
          {"jet_radius", 0.5},
          {"candidate_pt_min", 0.25},
          {"candidate_eta_max", 3.2},
          {"log_pt_min", -1.4},
          {"log_energy_min", -3.0},
          {"field_times_light", 1.1},
          {"pileup_spread", 7.0},
          {"radius", 1.29},
          {"half_length", 3.0},
          {"vertex_spread", 0.05},
          {"vertex_max", 0.25},
          {"mean_pileup", 50.0},
          {"vertex_unit", 0.05},
          {"pileup_unit", 7.0},
          {"eta_max", 5.0},
          {"loops_below", 0.73},
          {"photon_resolution", {0.01, 0.12, 0.5}},
          {"neutral_pt_max", 150.0},
          {"calorimeter_steps", {1.5}},
          {"track_eta_steps", {2.5, 1.5}},
          {"track_pt_steps", {1.0}},
          {"ecal", grid},
          {"hcal", grid},
          {"species", {{211, 0, 1.0, 0.13957}, {22, 1, 0.0, 0.0}, {130, 2, 0.0, 0.49761}, {11, 3, -1.0, 0.000511}}},
          {"typical", {211, 22, 130, -11, -13}}};
}

// The bytes of a native.bin.
class Writer {
 public:
  Writer() {
    const int features = kTokenFeatures + kVZeroFeatures + 2 + 4, pooled = 2 * kWidth + kJetFeatures,
              told = kWidth + kAxisFeatures;
    network("identity.logits", 3, 16, kKinds, 1);
    network("encoder.embed", features, kWidth, kWidth, 1);
    network("encoder.context", pooled, kWidth, kWidth, 1);
    linear("encoder.told", kWidth, kWidth);
    linear("encoder.told_context", kWidth, kWidth, false);
    linear("encoder.told_out", kWidth, kWidth);
    for (const char* norm : {"before", "between"}) {
      add("encoder.blocks.0." + std::string(norm) + ".weight", {kWidth}, 1);
      add("encoder.blocks.0." + std::string(norm) + ".bias", {kWidth}, 1);
    }
    add("encoder.blocks.0.nearness", {1, 2, 1, 1}, 1);
    linear("encoder.blocks.0.qkv", kWidth, 3 * kWidth);
    linear("encoder.blocks.0.out", kWidth, kWidth);
    network("encoder.blocks.0.rest", kWidth, 2 * kWidth, kWidth, 1);
    network("encoder.summary", pooled, 2 * kWidth, kWidth, 1);
    network("extras.axis", kWidth, kWidth, 5 * kAxis, 2);
    const int sizes[] = {kTracks, kNeutrals, kPhotons};
    for (int i = 0; i < kClasses; ++i) {
      const std::string number = std::to_string(i);
      network("extras.counts." + number, told + i, kWidth, sizes[i] + 1, 1);
      network("extras.anchors." + number, told + kClasses + kAnchorFeatures * i, kWidth, 7 * kAnchor, 2);
      network("extras.rest." + number, told + kClasses + kAnchorFeatures * kClasses, kWidth, 7 * kRest, 2);
    }
    linear("shared.token", kWidth + kPlaces, kHeads * kWidth);
    linear("shared.jet", kWidth + kSummary, kHeads * kWidth, false);
    network("survival.chance", 5, 16, 1, 1);
    network("fates.logits", kWidth + kSummary, kWidth, kFates, 1);
    head("tracks.found", 0, kFates, 2);
    head("tracks.scale", kScaleInputs, 3 * kScale, 2);
    head("tracks.residual", kResidualInputs, 3 * kResidual, 1);
    head("tracks.displaced", 0, 1 + 2 * kWidths, 1);
    for (const char* side : {"photon", "neutral"}) {
      const int inputs = side == std::string("photon") ? kPhotonInputs : kNeutralInputs;
      head("calorimeters." + std::string(side) + "_hit", inputs, kFates, 2);
      head("calorimeters." + std::string(side), inputs + kAround, 3 * kEnergyComponents + kCells, 2);
    }
    add("table", {10, 3}, 0);
    const float middles[] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f};
    for (int row = 0; row < 10; ++row) {
      numbers_[numbers_.size() - 30 + 3 * row] = middles[row % 5];
      numbers_[numbers_.size() - 30 + 3 * row + 1] = row % 5 == 4 ? 1.0f : 0.5f;
      numbers_[numbers_.size() - 30 + 3 * row + 2] = 72;
    }
  }

  std::string file() const {
    const std::string header = json{{"model", "cells"}, {"settings", settings()}, {"tensors", tensors_}}.dump();
    std::string content = "pyjetsim.native\n";
    const std::uint32_t sizes[] = {1, static_cast<std::uint32_t>(header.size())};
    for (const std::uint32_t size : sizes) {
      for (int i = 0; i < 4; ++i) content += static_cast<char>(size >> (8 * i));
    }
    content += header;
    content.resize((content.size() + 63) / 64 * 64);
    for (const float number : numbers_) {
      std::uint32_t bits;
      std::memcpy(&bits, &number, sizeof bits);
      for (int i = 0; i < 4; ++i) content += static_cast<char>(bits >> (8 * i));
    }
    return content;
  }

 private:
  void add(const std::string& name, std::vector<int> shape, float width) {
    std::size_t size = 1;
    for (const int length : shape) size *= static_cast<std::size_t>(length);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < size; ++i) numbers_.push_back(width * normal(random_));
    tensors_.push_back({{"name", name}, {"shape", shape}});
  }

  void linear(const std::string& name, int inputs, int outputs, bool with_bias = true) {
    add(name + ".weight", {outputs, inputs}, 1.5f / std::sqrt(static_cast<float>(inputs)));
    if (with_bias) add(name + ".bias", {outputs}, 0.5f);
  }

  void network(const std::string& name, int inputs, int hidden, int outputs, int layers) {
    for (int i = 0; i <= layers; ++i) {
      linear(name + "." + std::to_string(2 * i), i == 0 ? inputs : hidden, i == layers ? outputs : hidden);
    }
  }

  void head(const std::string& name, int own, int outputs, int layers) {
    if (own > 0) linear(name + ".own", own, kWidth, false);
    network(name + ".rest", kWidth, kWidth, outputs, layers - 1);
  }

  std::mt19937 random_{7};
  json tensors_ = json::array();
  std::vector<float> numbers_;
};

const std::string& file_of_chance() {
  static const std::string content = Writer().file();
  return content;
}

struct Jet {
  std::vector<float> constituents = std::vector<float>(3 * kRows), noise = std::vector<float>(kNoise);
  std::vector<std::int32_t> pids = std::vector<std::int32_t>(kRows);
};

Jet jet_of_chance(unsigned seed, int count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const std::int32_t ids[] = {211, -211, 22, 130, 11, -11, 13, 0, 999};
  const float pt = std::exp(2 * normal(random)) + 0.1f, eta = 2 * normal(random), phi = 3 * normal(random);
  Jet jet;
  for (int i = 0; i < count; ++i) {
    const float p = pt * std::exp(normal(random)), e = eta + 0.2f * normal(random), f = phi + 0.2f * normal(random);
    const float momentum[] = {p * std::cos(f), p * std::sin(f), p * std::sinh(e)};
    for (int k = 0; k < 3; ++k) jet.constituents[3 * i + k] = momentum[k];
    jet.pids[i] = ids[random() % 9];
  }
  for (float& each : jet.noise) each = normal(random);
  return jet;
}

struct Reco {
  std::vector<float> constituents = std::vector<float>(3 * kRows, -1.0f);
  std::vector<std::int32_t> pids = std::vector<std::int32_t>(kRows, -1);
};

// Memory of just the size that is asked for, so that a step beyond it is found.
class Memory {
 public:
  explicit Memory(const Cells& model)
      : block_(::operator new(static_cast<std::size_t>(memory_for(model)), std::align_val_t{64})) {
    std::memset(block_, 0xff, static_cast<std::size_t>(memory_for(model)));  // NaN
  }
  ~Memory() { ::operator delete(block_, std::align_val_t{64}); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  void* get() const { return block_; }

 private:
  void* block_;
};

Reco simulated(const Cells& model, SimulateJet simulate, const Jet& jet, bool with_pids = true) {
  const Memory memory(model);
  Reco reco;
  simulate(model,
           {jet.constituents.data(), jet.noise.data(), with_pids ? jet.pids.data() : nullptr, reco.constituents.data(),
            reco.pids.data()},
           memory.get());
  return reco;
}

std::vector<SimulateJet> paths() {
  std::vector<SimulateJet> all;
  for (const CpuPath* path : cpu_paths()) {
    const std::string name = path->name;
    if (name == "portable") all.push_back(portable_cells);
#if defined(__x86_64__)
    if (name == "avx2") all.push_back(avx2_cells);
    if (name == "avx512") all.push_back(avx512_cells);
#endif
  }
  EXPECT_EQ(all.size(), cpu_paths().size());
  return all;
}

TEST(Native, EveryPathGivesTheSameBits) {
  const auto model = read_cells(read_file(file_of_chance(), "native.bin"));
  int candidates = 0;
  for (unsigned seed = 0; seed < 80; ++seed) {
    const Jet jet = jet_of_chance(seed, static_cast<int>(seed % (kRows + 1)));
    const Reco expected = simulated(*model, portable_cells, jet, seed % 3 != 0);
    for (const std::int32_t pid : expected.pids) candidates += pid != 0;
    for (const float number : expected.constituents) EXPECT_TRUE(std::isfinite(number));
    for (const SimulateJet path : paths()) {
      const Reco found = simulated(*model, path, jet, seed % 3 != 0);
      EXPECT_EQ(std::memcmp(found.constituents.data(), expected.constituents.data(), 3 * kRows * sizeof(float)), 0);
      EXPECT_EQ(found.pids, expected.pids);
    }
  }
  EXPECT_GT(candidates, 300);
}

TEST(Native, AJetWithoutParticlesHasNoAnswer) {
  const auto model = read_cells(read_file(file_of_chance(), "native.bin"));
  for (const SimulateJet path : paths()) {
    const Reco found = simulated(*model, path, jet_of_chance(1, 0));
    EXPECT_EQ(found.constituents, std::vector<float>(3 * kRows));
    EXPECT_EQ(found.pids, std::vector<std::int32_t>(kRows));
  }
}

TEST(Native, MomentaOfAnySizeDoNoHarm) {
  const auto model = read_cells(read_file(file_of_chance(), "native.bin"));
  for (const float scale : {1e-30f, 1e-10f, 1e10f, 1e18f, 1e30f}) {
    Jet jet = jet_of_chance(3, kRows);
    for (float& each : jet.constituents) each *= scale;
    for (const SimulateJet path : paths()) simulated(*model, path, jet);
  }
}

TEST(Native, DamageIsAnErrorOrHarmless) {
  const std::string whole = file_of_chance();
  std::mt19937 random(5);
  const Jet jet = jet_of_chance(2, kRows);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    std::string content = whole;
    const std::size_t place = i % 4 == 0 ? random() % whole.size() : random() % 4096;
    content[place] = static_cast<char>(content[place] ^ (1 << random() % 8));
    try {
      simulated(*read_cells(read_file(content, "native.bin")), portable_cells, jet);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  for (int i = 0; i < 100; ++i) {
    const std::string part = whole.substr(0, random() % whole.size());
    expect_error([&] { read_cells(read_file(part, "native.bin")); }, "native.bin: ");
  }
}

TEST(Native, DamageIsTold) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string content = file_of_chance();
    content.replace(content.find(from), from.size(), to);
    return [content] { read_cells(read_file(content, "native.bin")); };
  };
  expect_error(changed("\"width\":16", "\"width\":32"), "is of another shape than its settings say");
  expect_error(changed("\"width\":16", "\"width\":17"), "its setting width is not what it can be");
  expect_error(changed("\"heads\"", "\"hands\""), "its setting heads is missing");
  expect_error(changed("extras.axis.0.weight", "extras.axis.9.weight"), "its tensor extras.axis.0.weight is missing");
  expect_error(changed("[1,2,1,1]", "[2,1,1,1]"), "nearness is of another shape");
  expect_error([] { read_file(file_of_chance() + "more", "native.bin"); }, "bytes, not ");
}

}  // namespace
}  // namespace pyjetsim::native
