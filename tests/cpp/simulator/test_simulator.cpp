// JetSimulator on a bundle whose answers can be worked out by hand, with ONNX Runtime and without.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pyjetsim/kinematics.h"
#include "pyjetsim/simulator.h"
#include "simulator/by_hand.h"
#include "simulator/expect_error.h"
#include "simulator/gen_jets.h"
#include "simulator/onnx_model.h"
#include "simulator/scratch_folder.h"

namespace pyjetsim {
namespace {

constexpr EventId kEvent{7, 8, 9};
constexpr std::uint64_t kSeed = 5;

struct Row {
  float p[3];
  float pt() const { return std::hypot(p[0], p[1]); }
};

std::vector<Row> by_falling_pt(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.pt() > b.pt(); });
  return rows;
}

// What the manifest's cuts leave of a jet, from the definition.
std::vector<Row> expected_jet(const JetsView& gen, std::size_t jet, const JetId& id) {
  std::vector<Row> rows;
  for (std::size_t i = gen.offsets[jet]; i < gen.offsets[jet + 1]; ++i) {
    const float* p = gen.momenta.data() + 3 * i;
    if (p[0] != 0 || p[1] != 0 || p[2] != 0) rows.push_back({{p[0], p[1], p[2]}});
  }
  if (rows.empty()) return {};
  rows = by_falling_pt(rows);
  rows.resize(kSmallP, {{0, 0, 0}});
  float noise[kSmallZ];
  jet_noise(kSeed, id, kSmallZ, noise);
  std::vector<Row> kept;
  for (Row& row : rows) {
    for (int d = 0; d < 3; ++d) row.p[d] = row.p[d] * 0.5f + noise[d];
    if (row.pt() > 1 && std::abs(std::asinh(row.p[2] / row.pt())) < 3) kept.push_back(row);
  }
  kept = by_falling_pt(kept);
  if (kept.size() > 6) kept.resize(6);
  return kept;
}

class Simulation : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ByHand::enable();
    SmallBundle().write(folder.path());
  }
  JetSimulator load() const { return load(SimulatorOptions{GetParam(), "", 1, kSeed}); }
  JetSimulator load(const SimulatorOptions& options) const { return JetSimulator::load(folder.path(), options); }

  ScratchFolder folder;
  SimulatedJets jets;
};

INSTANTIATE_TEST_SUITE_P(, Simulation, testing::Values("onnxruntime", "by_hand"),
                         [](const auto& which) { return std::string(which.param); });

TEST_P(Simulation, IsTheModelWithTheCuts) {
  const GenJets gen = GenJets::random(700, 1);  // three blocks
  load().simulate(kEvent, gen.view(), jets);
  ASSERT_EQ(jets.size(), 700u);
  std::size_t all = 0, without = 0, cut = 0;
  for (std::size_t j = 0; j < jets.size(); ++j) {
    const std::vector<Row> expected = expected_jet(gen.view(), j, {7, 8, 9, j});
    const Span<const float> found = jets.constituents(j);
    ASSERT_EQ(found.size(), 3 * expected.size()) << "jet " << j;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i / 3].p[i % 3], 1e-5 * std::abs(expected[i / 3].p[i % 3]) + 1e-6);
    }
    JetKinematics<float> kinematics;
    jet_kinematics<float>({1, found.size() / 3, 3, found}, {&kinematics, 1});
    EXPECT_EQ(jets[j].pt, kinematics.pt);
    EXPECT_EQ(jets[j].eta, kinematics.eta);
    EXPECT_EQ(jets[j].phi, kinematics.phi);
    EXPECT_EQ(jets[j].mass, kinematics.mass);
    all += expected.size();
    without += expected.empty();
    cut += expected.size() == 6;
  }
  // Every rule was met by some jet.
  EXPECT_GT(without, 10u);
  EXPECT_GT(cut, 10u);
  EXPECT_EQ(jets.view().momenta.size(), 3 * all);
  EXPECT_EQ(jets.view().offsets.size(), 701u);
}

TEST_P(Simulation, DoesNotDependOnTheBatch) {
  const JetSimulator simulator = load();
  const GenJets gen = GenJets::random(300, 2);
  simulator.simulate(kEvent, gen.view(), jets);
  SimulatedJets alone;
  for (std::size_t j = 0; j < gen.size(); ++j) {
    const std::size_t first = gen.offsets[j], count = gen.offsets[j + 1] - first;
    const std::size_t offsets[] = {0, count};
    const JetId id{7, 8, 9, j};
    simulator.simulate({&id, 1}, {{gen.momenta.data() + 3 * first, 3 * count}, {offsets, 2}}, alone);
    const Span<const float> expected = jets.constituents(j), found = alone.constituents(0);
    EXPECT_EQ(std::vector<float>(found.begin(), found.end()), std::vector<float>(expected.begin(), expected.end()));
    EXPECT_EQ(alone[0].mass, jets[j].mass);
  }
}

TEST_P(Simulation, IdsSeedsAndCopies) {
  const JetSimulator simulator = load();
  GenJets gen = GenJets::random(1, 3);
  gen.momenta = {100, 0, 0, 50, 1, 2};
  gen.offsets = {0, 2};
  const auto first_px = [&](std::uint64_t seed, const JetId& id) {
    simulator.simulate(seed, {&id, 1}, gen.view(), jets);
    return jets.constituents(0)[0];
  };
  const std::vector<float> found = {first_px(kSeed, {1, 2, 3, 4}),   first_px(6, {1, 2, 3, 4}),
                                    first_px(kSeed, {9, 2, 3, 4}),   first_px(kSeed, {1, 9, 3, 4}),
                                    first_px(kSeed, {1, 2, 9, 4}),   first_px(kSeed, {1, 2, 3, 9}),
                                    first_px(kSeed, {1, 2, 3, 4, 9})};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(found[i], found[j]) << i << ' ' << j;
  }
  const JetId id{1, 2, 3, 4, 0};
  simulator.simulate({&id, 1}, gen.view(), jets);  // with the seed of the options
  EXPECT_EQ(jets.constituents(0)[0], found[0]);
}

TEST_P(Simulation, Flags) {
  GenJets gen;
  gen.momenta = {60, 0, 0, 30, 0, 0};  // inside the domain
  gen.end_jet();
  gen.momenta.insert(gen.momenta.end(), {90, 0, 0});  // one constituent: too few
  gen.end_jet();
  for (int i = 0; i < 9; ++i) gen.momenta.insert(gen.momenta.end(), {10, 0, 0});  // more than the model takes
  gen.end_jet();
  gen.momenta.insert(gen.momenta.end(), {300, 0, 0, 201, 0, 0});  // pt above 500
  gen.end_jet();
  gen.momenta.insert(gen.momenta.end(), {5, 0, 40, 16, 0, 140});  // eta above 2.5
  gen.end_jet();
  gen.end_jet();  // nothing
  load().simulate(kEvent, gen.view(), jets);
  const bool outside[] = {false, true, false, true, true, true};
  for (std::size_t j = 0; j < 6; ++j) {
    EXPECT_EQ(jets[j].outside_domain, outside[j]) << j;
    EXPECT_EQ(jets[j].domain_distance > 0, outside[j]) << j;
    EXPECT_EQ(jets[j].truncated, j == 2) << j;
  }
  // In widths of the ranges, pt 20 to 500 GeV and eta -2.5 to 2.5.
  EXPECT_NEAR(jets[3].domain_distance, std::log(501.0 / 500) / std::log(500.0 / 20), 1e-6);
  EXPECT_NEAR(jets[4].domain_distance, (std::asinh(180.0 / 21) - 2.5) / 5, 1e-5);
  EXPECT_EQ(jets.constituents(5).size(), 0u);
  EXPECT_EQ(jets[5].pt, 0);
  EXPECT_EQ(jets[5].mass, 0);
}

TEST_P(Simulation, NoJets) {
  const JetSimulator simulator = load();
  simulator.simulate(kEvent, GenJets::random(5, 1).view(), jets);
  simulator.simulate(kEvent, {}, jets);
  EXPECT_EQ(jets.size(), 0u);
  const std::size_t zero = 0;
  simulator.simulate(kEvent, {{}, {&zero, 1}}, jets);
  EXPECT_EQ(jets.size(), 0u);
  EXPECT_TRUE(jets.view().momenta.empty());
}

TEST_P(Simulation, NumbersThatAreNotFinite) {
  const JetSimulator simulator = load();
  GenJets gen = GenJets::random(300, 4);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::size_t jet = 270;
    while (gen.offsets[jet] == gen.offsets[jet + 1]) ++jet;
    GenJets wrong = gen;
    wrong.momenta[3 * gen.offsets[jet] + 2] = bad;
    expect_error([&] { simulator.simulate(kEvent, wrong.view(), jets); },
                 "constituents of jet " + std::to_string(jet) + " are not finite");
    EXPECT_EQ(jets.size(), 0u);
  }
  simulator.simulate(kEvent, gen.view(), jets);  // it goes on
  EXPECT_EQ(jets.size(), 300u);
}

TEST_P(Simulation, ViewsThatDoNotFit) {
  const JetSimulator simulator = load();
  const std::vector<float> momenta(9, 1.0f);
  const auto refused = [&](const std::vector<float>& numbers, const std::vector<std::size_t>& offsets,
                           const std::string& words) {
    expect_error([&] { simulator.simulate(kEvent, {numbers, offsets}, jets); }, words);
  };
  refused(momenta, {}, "there are momenta and no offsets");
  refused(momenta, {1, 3}, "offsets begin with 1");
  refused(momenta, {0, 2, 1, 3}, "offsets fall at jet 1");
  refused(momenta, {0, 2}, "offsets end with 2, and there are 9 numbers");
  refused(momenta, {0, 4}, "offsets end with 4");
  refused({1, 2, 3, 4}, {0, 1}, "there are 4 numbers");
  refused(momenta, {0, std::numeric_limits<std::size_t>::max() / 3 + 4}, "more than 2^32 constituents");
  const JetId id{};
  expect_error([&] { simulator.simulate({&id, 1}, {}, jets); }, "there are 1 ids for 0 jets");
}

TEST_P(Simulation, MovedFromAndReused) {
  JetSimulator simulator = load();
  const GenJets gen = GenJets::random(20, 5);
  simulator.simulate(kEvent, gen.view(), jets);
  const JetSimulator moved = std::move(simulator);
  SimulatedJets kept = std::move(jets);
  EXPECT_EQ(kept.size(), 20u);
  jets = SimulatedJets();
  moved.simulate(kEvent, gen.view(), jets);
  EXPECT_EQ(jets.size(), kept.size());
  EXPECT_EQ(std::vector<float>(jets.view().momenta.begin(), jets.view().momenta.end()),
            std::vector<float>(kept.view().momenta.begin(), kept.view().momenta.end()));
}

TEST_P(Simulation, TellsWhatItIs) {
  const JetSimulator simulator = load();
  EXPECT_EQ(simulator.max_constituents(), kSmallP);
  EXPECT_EQ(simulator.jet_radius(), 0.5);
  EXPECT_NE(simulator.manifest_json().find("pyjetsim.bundle"), std::string::npos);
  EXPECT_FALSE(simulator.backend().empty());
}

TEST_P(Simulation, GoldenJetsOfAnotherModel) {
  SmallBundle bundle;
  auto golden = nlohmann::json::parse(bundle.files["golden.json"]);
  golden["output"][1][4][2] = 77.0;
  bundle.files["golden.json"] = golden.dump();
  bundle.write(folder.path());
  expect_error([this] { load(); }, "golden jets: pz of constituent 4 of jet 1 is ");
  expect_error([this] { load(); }, ", not 77 GeV");
}

TEST_P(Simulation, GoldenJetsThatAreNone) {
  const auto whole = nlohmann::json::parse(SmallBundle().files["golden.json"]);
  std::vector<nlohmann::json> wrong(6, whole);
  wrong[0].erase("noise");
  wrong[1]["noise"].erase(0);
  wrong[2]["noise"][0].erase(0);
  wrong[3]["output"][0][0].push_back(1);
  wrong[4]["output"][0][0][0] = "x";
  wrong[5]["output"][0][0][0] = 1e300;
  std::vector<std::string> texts = {"", "[]", "not json", R"({"constituents": [], "noise": [], "output": []})"};
  for (const auto& each : wrong) texts.push_back(each.dump());
  const std::string deep = std::string(300000, '[') + std::string(300000, ']');
  for (const char* name : {"constituents", "noise", "output"}) {
    nlohmann::json changed = whole;
    changed[name] = "DEEP";
    texts.push_back(changed.dump());
    texts.back().replace(texts.back().find("\"DEEP\""), 6, deep);
  }
  for (const std::string& text : texts) {
    SmallBundle bundle;
    bundle.files["golden.json"] = text;
    bundle.write(folder.path());
    expect_error([this] { load(); }, "golden.json holds no golden jets");
  }
}

TEST_P(Simulation, Options) {
  expect_error([this] { load({"nothing", "", 1, 0}); }, "there is no backend 'nothing' in this program");
  expect_error([this] { load({"torchscript", "", 1, 0}); }, "has no model.pt");
  expect_error([this] { load({GetParam(), "", 0, 0}); }, "threads is 0");
  register_backend("other", "model.other", nullptr);
  expect_error([this] { load({"other", "", 1, 0}); }, "has no model.other");
}

TEST(Inference, IsOneForAllJetsOfAnEvent) {
  ByHand::enable();
  const ScratchFolder folder;
  SmallBundle().write(folder.path());
  const auto simulator = JetSimulator::load(folder.path(), {"by_hand", "", 1, 0});
  SimulatedJets jets;
  for (const auto& [n, runs] : {std::pair<std::size_t, int>{0, 0}, {1, 1}, {50, 1}, {64, 1}, {65, 2}}) {
    ByHand::runs = 0;
    simulator.simulate(kEvent, GenJets::random(n, 1).view(), jets);
    EXPECT_EQ(ByHand::runs, runs) << n;
  }
}

class OnnxModels : public testing::Test {
 protected:
  void refused(const std::string& model, const std::string& words) {
    SmallBundle bundle;
    bundle.files["model.onnx"] = model;
    bundle.write(folder.path());
    expect_error([this] { JetSimulator::load(folder.path()); }, words);
  }
  ScratchFolder folder;
};

TEST_F(OnnxModels, ThatAreNone) {
  refused("", "model.onnx is no model that ONNX Runtime ");
  refused("no model at all", "model.onnx is no model that ONNX Runtime ");
  refused(half_and_noise_model(kSmallP).substr(0, 100), "model.onnx is no model that ONNX Runtime ");
}

TEST_F(OnnxModels, WithAnUnknownOperator) {
  std::string model = half_and_noise_model(kSmallP);
  model.replace(model.find("Unsqueeze"), 9, "Unsqueeza");
  refused(model, "Unsqueeza");
}

TEST_F(OnnxModels, OfOtherShapesAndNames) {
  refused(half_and_noise_model(9),
          "has inputs constituents tensor(float) (batch, 9, 3), noise tensor(float) (batch, 3), "
          "the manifest says constituents tensor(float) (batch, 8, 3)");
  std::string model = half_and_noise_model(kSmallP);
  for (auto at = model.find("reco_con"); at != std::string::npos; at = model.find("reco_con")) model[at] = 'R';
  refused(model, "has outputs Reco_constituents tensor(float) (batch, 8, 3), the manifest says reco_constituents");
}

TEST_F(OnnxModels, WithWeightsInOtherFiles) {
  refused(model_with_external_weights("../weights"), "model.onnx keeps weights in other files");
}

TEST_F(OnnxModels, NotFiniteOutputNamesTheJet) {
  SmallBundle bundle;
  std::string model = half_and_noise_model(kSmallP);
  const float half = 0.5f, huge = 2.0f;  // doubling what is nearly the largest number
  const std::string from(reinterpret_cast<const char*>(&half), 4), to(reinterpret_cast<const char*>(&huge), 4);
  model.replace(model.find(from), 4, to);
  bundle.files["model.onnx"] = model;
  auto golden = nlohmann::json::parse(bundle.files["golden.json"]);
  for (auto& jet : golden["constituents"]) {
    for (auto& row : jet) {
      for (auto& number : row) number = number.get<float>() / 4;
    }
  }
  bundle.files["golden.json"] = golden.dump();
  bundle.write(folder.path());
  const auto doubling = JetSimulator::load(folder.path());
  GenJets gen = GenJets::random(3, 6);
  gen.momenta.insert(gen.momenta.end(), {3e38f, 1, 1});
  gen.end_jet();
  SimulatedJets jets;
  expect_error([&] { doubling.simulate(kEvent, gen.view(), jets); }, "simulated constituents of jet 3 are not finite");
  EXPECT_EQ(jets.size(), 0u);
}

}  // namespace
}  // namespace pyjetsim
