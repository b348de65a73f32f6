// Identities of constituents, given and told, and a model that gives fewer constituents than it takes.
#include <gtest/gtest.h>

#include <map>

#include "simulator/by_hand.h"
#include "simulator/expect_error.h"
#include "simulator/gen_jets.h"
#include "simulator/onnx_model.h"
#include "simulator/scratch_folder.h"

namespace pyjetsim {
namespace {

constexpr EventId kEvent{7, 8, 9};
constexpr std::uint64_t kSeed = 5;

struct Constituent {
  std::vector<float> p;
  std::int32_t pid;
  float pt() const { return std::hypot(p[0], p[1]); }
};

std::vector<Constituent> by_falling_pt(std::vector<Constituent> all) {
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.pt() > b.pt(); });
  return all;
}

// From the definition of the small model with pids and of the manifest's cuts.
std::vector<Constituent> expected_jet(const JetsView& gen, std::size_t jet) {
  std::vector<Constituent> all;
  for (std::size_t i = gen.offsets[jet]; i < gen.offsets[jet + 1]; ++i) {
    const float* p = gen.momenta.data() + 3 * i;
    if (p[0] != 0 || p[1] != 0 || p[2] != 0) all.push_back({{p, p + 3}, gen.pids.empty() ? 0 : gen.pids[i]});
  }
  if (all.empty()) return {};
  all = by_falling_pt(all);
  all.resize(kSmallOutputP, {{0, 0, 0}, 0});
  float noise[kSmallZ];
  jet_noise(kSeed, {7, 8, 9, jet}, kSmallZ, noise);
  std::vector<Constituent> kept;
  for (Constituent& each : all) {
    for (std::size_t d = 0; d < 3; ++d) {
      each.p[d] = each.p[d] * 0.5f + noise[d] + static_cast<float>(each.pid) / 1024;
    }
    each.pid = -each.pid;
    if (each.pt() > 1 && std::abs(std::asinh(each.p[2] / each.pt())) < 3) kept.push_back(each);
  }
  return by_falling_pt(kept);
}

class Pids : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ByHand::enable();
    SmallBundle(/*with_pids=*/true).write(folder.path());
  }
  JetSimulator load() const { return JetSimulator::load(folder.path(), {GetParam(), "", 1, kSeed}); }
  void are_as_expected(const JetsView& gen) {
    load().simulate(kEvent, gen, jets);
    ASSERT_EQ(jets.size(), gen.offsets.size() - 1);
    for (std::size_t j = 0; j < jets.size(); ++j) {
      const std::vector<Constituent> expected = expected_jet(gen, j);
      const Span<const float> found = jets.constituents(j);
      const Span<const std::int32_t> pids = jets.pids(j);
      ASSERT_EQ(found.size(), 3 * expected.size()) << "jet " << j;
      ASSERT_EQ(pids.size(), expected.size()) << "jet " << j;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(pids[i], expected[i].pid) << "jet " << j;
        for (std::size_t d = 0; d < 3; ++d) {
          EXPECT_NEAR(found[3 * i + d], expected[i].p[d], 1e-5 * std::abs(expected[i].p[d]) + 1e-6);
        }
        ++told[pids[i]];
      }
    }
  }

  ScratchFolder folder;
  SimulatedJets jets;
  std::map<std::int32_t, int> told;
};

INSTANTIATE_TEST_SUITE_P(, Pids, testing::Values("onnxruntime", "by_hand"),
                         [](const auto& which) { return std::string(which.param); });

TEST_P(Pids, GoWithTheirConstituents) {
  const GenJets gen = GenJets::random(300, 1);
  const std::vector<std::int32_t> pids = gen.random_pids(2);
  are_as_expected(gen.view(pids));
  for (const std::int32_t each : {-211, 211, -22, -130, -11, 0}) EXPECT_GT(told[each], 50) << each;
  EXPECT_EQ(jets.view().pids.size(), jets.view().momenta.size() / 3);
}

TEST_P(Pids, OfUnknownIdentityAreZeros) {
  const GenJets gen = GenJets::random(300, 3);
  const std::vector<std::int32_t> pids = gen.random_pids(4);
  load().simulate(kEvent, gen.view(pids), jets);  // leaves its pids in the memory that is used again
  are_as_expected(gen.view());
  EXPECT_EQ(told.size(), 1u);
  const std::vector<std::int32_t> zeros(pids.size(), 0);
  are_as_expected(gen.view(zeros));
}

TEST_P(Pids, OfAnotherNumberThanConstituents) {
  const JetSimulator simulator = load();
  const GenJets gen = GenJets::random(3, 5);
  std::vector<std::int32_t> pids = gen.random_pids(1);
  const std::string count = std::to_string(pids.size());
  pids.pop_back();
  expect_error([&] { simulator.simulate(kEvent, gen.view(pids), jets); },
               "there are " + std::to_string(pids.size()) + " pids for " + count + " constituents");
  expect_error([&] { simulator.simulate(kEvent, {{}, {}, pids}, jets); }, "pids for 0 constituents");
  EXPECT_EQ(jets.size(), 0u);
}

TEST_P(Pids, AreIgnoredAndZeroWhereTheModelHasNone) {
  const GenJets gen = GenJets::random(100, 6);
  const std::vector<std::int32_t> pids = gen.random_pids(1);
  load().simulate(kEvent, gen.view(pids), jets);
  SmallBundle().write(folder.path());
  load().simulate(kEvent, gen.view(pids), jets);
  SimulatedJets without;
  load().simulate(kEvent, gen.view(), without);
  EXPECT_EQ(std::vector<float>(jets.view().momenta.begin(), jets.view().momenta.end()),
            std::vector<float>(without.view().momenta.begin(), without.view().momenta.end()));
  EXPECT_EQ(jets.view().pids.size(), jets.view().momenta.size() / 3);
  for (const std::int32_t pid : jets.view().pids) EXPECT_EQ(pid, 0);
}

TEST_P(Pids, SizesAreTold) {
  EXPECT_EQ(load().max_constituents(), kSmallP);
  EXPECT_EQ(load().max_reco_constituents(), kSmallOutputP);
  SmallBundle().write(folder.path());
  EXPECT_EQ(load().max_reco_constituents(), 6u);  // after the cuts
}

TEST_P(Pids, OfTheGoldenJetsThatDiffer) {
  SmallBundle bundle(/*with_pids=*/true);
  auto golden = nlohmann::json::parse(bundle.files["golden.json"]);
  golden["output_pid"][0][3] = 22;
  bundle.files["golden.json"] = golden.dump();
  bundle.write(folder.path());
  expect_error([this] { load(); }, "golden jets: pid of constituent 3 of jet 0 is -154 with ");
  expect_error([this] { load(); }, ", not 22 (identities are the same everywhere)");
}

TEST_P(Pids, OfTheGoldenJetsThatAreNone) {
  const auto whole = nlohmann::json::parse(SmallBundle(/*with_pids=*/true).files["golden.json"]);
  std::vector<nlohmann::json> wrong(5, whole);
  wrong[0].erase("pid");
  wrong[1].erase("output_pid");
  wrong[2]["pid"][0].push_back(1);
  wrong[3]["pid"][0][0] = 1.5;
  wrong[4]["output_pid"][0][0] = 3000000000;
  for (const auto& each : wrong) {
    SmallBundle bundle(/*with_pids=*/true);
    bundle.files["golden.json"] = each.dump();
    bundle.write(folder.path());
    expect_error([this] { load(); }, "golden.json holds no golden jets");
  }
}

class Claims : public testing::Test {
 protected:
  void refused(const SmallBundle& bundle, const std::string& words) {
    bundle.write(folder.path());
    expect_error([this] { JetSimulator::load(folder.path()); }, words);
  }
  void refused_with(const std::string& pointer, const nlohmann::json& value, const std::string& words) {
    SmallBundle bundle(/*with_pids=*/true);
    bundle.manifest[nlohmann::json::json_pointer(pointer)] = value;
    refused(bundle, words);
  }
  ScratchFolder folder;
};

TEST_F(Claims, OfAManifestWhoseGraphHasNone) {
  SmallBundle bundle(/*with_pids=*/true);
  bundle.manifest["output"]["shape"][1] = kSmallP;
  bundle.manifest.erase("output_pid");
  bundle.files["model.onnx"] = half_and_noise_model(kSmallP);
  refused(bundle,
          "noise tensor(float) (batch, 3), the manifest says constituents tensor(float) (batch, 8, 3), "
          "noise tensor(float) (batch, 3), pid tensor(int32) (batch, 8)");
}

TEST_F(Claims, OfAGraphWhoseManifestHasNone) {
  SmallBundle bundle(/*with_pids=*/true);
  bundle.manifest["inputs"].erase(2);
  refused(bundle,
          "pid tensor(int32) (batch, 8), the manifest says constituents tensor(float) (batch, 8, 3), "
          "noise tensor(float) (batch, 3) (");
  bundle = SmallBundle(/*with_pids=*/true);
  bundle.manifest.erase("output_pid");
  refused(bundle,
          "reco_pid tensor(int32) (batch, 5), the manifest says reco_constituents tensor(float) (batch, 5, 3) (");
}

TEST_F(Claims, ThatCannotBe) {
  refused_with("/version", 1, "/inputs is array of 3, not constituents and noise (");
  refused_with("/inputs/2/shape/1", 7, "/inputs/2/shape/1 is 7, and /inputs/0/shape/1 8");
  refused_with("/inputs/2/shape", {"batch", 8, 1}, "/inputs/2/shape is [\"batch\", 8, 1], not (batch, size)");
  refused_with("/inputs/2/unit", "GeV", "/inputs/2/unit is \"GeV\", not \"PDG id\"");
  refused_with("/inputs/2/name", "", "/inputs/2/name is \"\"");
  refused_with("/output_pid/shape/1", 8, "/output_pid/shape/1 is 8, and /output/shape/1 5");
  refused_with("/output_pid/unit", "number", "/output_pid/unit is \"number\"");
  refused_with("/output_pid", nullptr, "/output_pid is null, no object");
  refused_with("/output/shape", {"batch", 5, 4}, "/output/shape is [\"batch\", 5, 4], not (batch, P, 3)");
  refused_with("/output/shape", {"batch", 0, 3}, "/output/shape/1 is 0");
  SmallBundle bundle;
  bundle.manifest["output_pid"] = SmallBundle(/*with_pids=*/true).manifest["output_pid"];
  refused(bundle, "/output_pid is there, and version 1 has none");
  bundle = SmallBundle();
  bundle.manifest["output"]["shape"][1] = 5;
  refused(bundle, "/output/shape is [\"batch\", 5, 3], and /inputs/0/shape [\"batch\", 8, 3]");
  const std::string deep = std::string(150, '[') + std::string(150, ']');
  for (const char* place : {"/inputs/2/shape/1", "/output_pid/shape/1", "/output_pid/shape", "/output_pid"}) {
    SmallBundle nested(/*with_pids=*/true);
    nested.manifest[nlohmann::json::json_pointer(place)] = "DEEP";
    nested.write(folder.path());
    const auto file = std::filesystem::path(folder.path()) / "manifest.json";
    std::string text = read_whole(file);
    text.replace(text.find("\"DEEP\""), 6, deep);
    write_whole(file, text);
    expect_error([this] { JetSimulator::load(folder.path()); }, place);
  }
}

}  // namespace
}  // namespace pyjetsim
