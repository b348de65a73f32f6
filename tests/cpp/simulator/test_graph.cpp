// Graph: bundles of any task, by named tensors. The task "lines" stands for another one; its answers can be worked out
// by hand. With ONNX Runtime and without.
#include <gtest/gtest.h>

#include <limits>

#include "pyjetsim/graph.h"
#include "simulator/by_hand.h"
#include "simulator/expect_error.h"
#include "simulator/gen_jets.h"
#include "simulator/scratch_folder.h"

namespace pyjetsim {
namespace {

constexpr std::uint64_t kSeed = 11;

class LinesByHand final : public Backend {
 public:
  void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const override {
    line_model(static_cast<const float*>(inputs[0].data), static_cast<const std::int64_t*>(inputs[2].data),
               static_cast<const float*>(inputs[1].data), rows, static_cast<float*>(outputs[0].data),
               static_cast<std::int64_t*>(outputs[1].data));
  }
  std::string description() const override { return "by hand"; }
};

struct Rows {
  std::vector<float> point;
  std::vector<std::int64_t> count;
  std::vector<JetId> ids;

  explicit Rows(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < 4; ++k) point.push_back(static_cast<float>(7 * i + k) * 0.25f);
      count.push_back(static_cast<std::int64_t>(i) << 33);
      ids.push_back({1, 2, i / 3, i % 3, 0});
    }
  }
  std::vector<TensorView> conditions() const { return {{"count", count}, {"point", point}}; }
};

class GraphOfLines : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    register_backend("lines_by_hand", "model.onnx", [](const auto&, const auto&, const auto&, const auto&) {
      return std::unique_ptr<const Backend>(std::make_unique<LinesByHand>());
    });
    SmallBundle::of_another_task().write(folder.path());
  }
  Graph load(int threads = 1) const {
    SimulatorOptions options;
    options.backend = GetParam();
    options.threads = threads;
    return Graph::load(folder.path(), options);
  }
  void refused(const std::vector<TensorView>& conditions, std::size_t rows, Span<const JetId> ids,
               const std::string& words) {
    const Graph graph = load();
    graph.run(3, Rows(3).conditions(), Rows(3).ids, kSeed, output);
    expect_error([&] { graph.run(rows, conditions, ids, kSeed, output); }, words);
    EXPECT_EQ(output.rows(), 0u);
    EXPECT_EQ(output.floats("answer").size(), 0u);
  }

  ScratchFolder folder;
  GraphOutputs output;
};

INSTANTIATE_TEST_SUITE_P(, GraphOfLines, testing::Values("onnxruntime", "lines_by_hand"),
                         [](const auto& which) { return std::string(which.param); });

TEST_P(GraphOfLines, TellsWhatItIs) {
  const Graph graph = load();
  EXPECT_EQ(graph.task(), "lines");
  ASSERT_EQ(graph.inputs().size(), 3u);
  EXPECT_EQ(graph.inputs()[2].name, "count");
  EXPECT_EQ(graph.inputs()[2].type, ElementType::kInt64);
  EXPECT_TRUE(graph.inputs()[1].is_noise);
  EXPECT_EQ(graph.outputs()[0].shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(graph.outputs()[0].row_size(), 4u);
  EXPECT_EQ(graph.outputs()[0].unit, "GeV");
  EXPECT_NE(graph.manifest_json().find("lines"), std::string::npos);
  EXPECT_FALSE(graph.backend().empty());
}

TEST_P(GraphOfLines, IsTheModelWithKeyedNoise) {
  const Graph graph = load();
  for (const std::size_t n : {200, 1, 64, 65, 0}) {
    const Rows rows(n);
    graph.run(n, rows.conditions(), rows.ids, kSeed, output);
    EXPECT_EQ(output.rows(), n);
    std::vector<float> noise(2 * n), answer(4 * n);
    std::vector<std::int64_t> next(n);
    for (std::size_t i = 0; i < n; ++i) jet_noise(kSeed, rows.ids[i], 2, noise.data() + 2 * i);
    line_model(rows.point.data(), rows.count.data(), noise.data(), n, answer.data(), next.data());
    const Span<const float> found = output.floats("answer");
    const Span<const std::int64_t> found_next = output.int64s("next");
    EXPECT_EQ(std::vector<float>(found.begin(), found.end()), answer) << n;
    EXPECT_EQ(std::vector<std::int64_t>(found_next.begin(), found_next.end()), next) << n;
  }
}

TEST_P(GraphOfLines, DoesNotDependOnBatchAndThreads) {
  const Rows rows(1000);
  load().run(1000, rows.conditions(), rows.ids, kSeed, output);
  const std::vector<float> expected(output.floats("answer").begin(), output.floats("answer").end());
  for (const int threads : {2, 5}) {
    load(threads).run(1000, rows.conditions(), rows.ids, kSeed, output);
    EXPECT_EQ(std::vector<float>(output.floats("answer").begin(), output.floats("answer").end()), expected) << threads;
  }
  const Graph graph = load();
  for (const std::size_t row : {0, 63, 64, 999}) {
    graph.run(1,
              {{"point", Span<const float>(rows.point.data() + 4 * row, 4)},
               {"count", Span<const std::int64_t>(rows.count.data() + row, 1)}},
              {rows.ids.data() + row, 1}, kSeed, output);
    EXPECT_EQ(std::vector<float>(output.floats("answer").begin(), output.floats("answer").end()),
              std::vector<float>(expected.begin() + static_cast<std::ptrdiff_t>(4 * row),
                                 expected.begin() + static_cast<std::ptrdiff_t>(4 * row + 4)));
  }
}

TEST_P(GraphOfLines, StopsBetweenBlocks) {
  const Rows rows(300);
  const Graph graph = load();
  int blocks = 0;
  const auto stop = [&] {
    if (++blocks == 2) throw std::runtime_error("stopped");
  };
  EXPECT_THROW(graph.run(300, rows.conditions(), rows.ids, kSeed, output, stop), std::runtime_error);
  EXPECT_EQ(output.rows(), 0u);
  EXPECT_EQ(blocks, 2);
}

TEST_P(GraphOfLines, ConditionsThatDoNotFit) {
  const Rows rows(3);
  const std::vector<std::int32_t> small(3);
  refused({{"point", rows.point}}, 3, rows.ids, "condition 'count' is missing (the graph needs point, count): give it");
  refused({{"point", rows.point}, {"count", rows.count}, {"mass", rows.point}}, 3, rows.ids,
          "there is no condition 'mass' (the graph would not look at it): give the conditions of its manifest: point, "
          "count");
  refused({{"point", rows.point}, {"count", rows.count}, {"z", rows.point}}, 3, rows.ids, "there is no condition 'z'");
  refused({{"point", rows.point}, {"count", rows.count}, {"point", rows.point}}, 3, rows.ids,
          "condition 'point' is given twice");
  refused({{"point", rows.point}, {"count", small}}, 3, rows.ids,
          "condition 'count' is int32 (the graph takes it as int64)");
  refused({{"point", rows.count}, {"count", rows.count}}, 3, rows.ids, "condition 'point' is int64");
  refused(rows.conditions(), 2, {rows.ids.data(), 2}, "condition 'count' has 3 numbers, not 2 (its shape is (2, 1))");
  refused(rows.conditions(), 3, {rows.ids.data(), 2}, "there are 2 ids for 3 rows");
  refused(rows.conditions(), 3, {}, "there are 0 ids for 3 rows");
}

TEST_P(GraphOfLines, NumbersThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Rows rows(100);
    rows.point[4 * 70 + 3] = bad;
    refused(rows.conditions(), 100, rows.ids, "condition 'point' of row 70 is not finite");
  }
}

TEST_P(GraphOfLines, OutputsAreAskedForAsTheyAre) {
  expect_error([this] { output.floats("answer"); },
               "there is no output 'answer' (the graph gives nothing yet): run it");
  load().run(3, Rows(3).conditions(), Rows(3).ids, kSeed, output);
  expect_error([this] { output.floats("next"); }, "output 'next' is int64, and float32 was asked for");
  expect_error([this] { output.int32s("reco"); }, "there is no output 'reco' (the graph gives answer, next)");
}

TEST_P(GraphOfLines, GoldenRowsThatDiffer) {
  SmallBundle bundle = SmallBundle::of_another_task();
  const auto whole = nlohmann::json::parse(bundle.files["golden.json"]);
  const auto load_with = [&](const char* pointer, const nlohmann::json& value, const std::string& words) {
    auto golden = whole;
    golden[nlohmann::json::json_pointer(pointer)] = value;
    bundle.files["golden.json"] = golden.dump();
    bundle.write(folder.path());
    expect_error([this] { load(); }, words);
  };
  load_with("/outputs/answer/1/1/0", 77, "golden rows: answer[1, 0] of row 1 is -2 GeV with ");
  load_with("/outputs/next/1/0", 9007199254740993, "next[0] of row 1 is 9007199254740994 with ");
  load_with("/outputs/next/0/0", 2.5, "golden.json holds no golden rows: next is not (2, 1) whole numbers below 2^63");
  load_with("/inputs/count/0/0", 9223372036854775808u, "count is not (2, 1) whole numbers");
  load_with("/inputs/point/0", {1, 2, 3, 4}, "point is not (2, 2, 2) finite numbers");
  load_with("/inputs/mass", 1, "the model that the manifest describes has no mass");
  load_with("/inputs/z", nullptr, "z is not (2, 2) finite numbers");
  load_with("/inputs", 1, "inputs is no JSON object");
  load_with("/more", 1, "has no more");
  load_with("/inputs/point", nlohmann::json::array(), "there is not one");
}

TEST(GraphOfJets, HasTheTensorsOfItsManifest) {
  const ScratchFolder folder;
  SmallBundle(/*with_pids=*/true).write(folder.path());
  for (const bool third : {false, true}) {
    if (third) SmallBundle(/*with_pids=*/true).third_version().write(folder.path());
    const Graph graph = Graph::load(folder.path());
    EXPECT_EQ(graph.task(), "constituents");
    const std::vector<float> constituents(kSmallP * 3, 1.0f);
    const std::vector<std::int32_t> pid(kSmallP, 211);
    const JetId id{1, 2, 3, 4};
    GraphOutputs output;
    graph.run(1, {{"constituents", constituents}, {"pid", pid}}, {&id, 1}, kSeed, output);
    float noise[kSmallZ], expected[kSmallOutputP * 3];
    std::int32_t expected_pid[kSmallOutputP];
    jet_noise(kSeed, id, kSmallZ, noise);
    small_model_with_pids(constituents.data(), noise, pid.data(), 1, expected, expected_pid);
    for (std::size_t i = 0; i < kSmallOutputP * 3; ++i) EXPECT_EQ(output.floats("reco_constituents")[i], expected[i]);
    EXPECT_EQ(output.int32s("reco_pid")[0], -211);
  }
}

// Version 3 of a bundle gives the same jets as the version before.
TEST(ThirdVersion, IsTheSameSimulator) {
  for (const bool with_pids : {false, true}) {
    const ScratchFolder folder, third;
    SmallBundle(with_pids).write(folder.path());
    SmallBundle(with_pids).third_version().write(third.path());
    const GenJets gen = GenJets::random(200, 1);
    const std::vector<std::int32_t> pids = gen.random_pids(2);
    SimulatedJets one, other;
    JetSimulator::load(folder.path()).simulate(EventId{1, 2, 3}, gen.view(pids), one);
    JetSimulator::load(third.path()).simulate(EventId{1, 2, 3}, gen.view(pids), other);
    EXPECT_EQ(std::vector<float>(one.view().momenta.begin(), one.view().momenta.end()),
              std::vector<float>(other.view().momenta.begin(), other.view().momenta.end()));
    EXPECT_EQ(one[5].domain_distance, other[5].domain_distance);
  }
}

TEST(ThirdVersion, OfAnotherTaskIsForGraph) {
  const ScratchFolder folder;
  SmallBundle::of_another_task().write(folder.path());
  expect_error([&] { JetSimulator::load(folder.path()); },
               "manifest.json: task is \"lines\", not \"constituents\" (its tensors are not the constituents of jets): "
               "load the bundle as a Graph");
}

}  // namespace
}  // namespace pyjetsim
