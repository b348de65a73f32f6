// JetMatchAnalyzer and its histograms: the same file from any number of threads.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "framework/events.h"
#include "framework/modules/histograms.h"
#include "framework/modules/jet_match_analyzer.h"
#include "framework/modules/products.h"
#include "framework/processor.h"
#include "framework/toys.h"

namespace pyjetsim::framework {
namespace {

struct Responses : testing::Test {
  // Of its own for every test and program: they run side by side.
  const std::string path = testing::TempDir() + "responses_" + std::to_string(std::random_device()()) + ".json";
  ~Responses() override { std::remove(path.c_str()); }

  std::string written() const {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Of this name, finished or not.
  long files() const {
    const std::filesystem::path name = path;
    const std::filesystem::directory_iterator all(name.parent_path());
    return std::count_if(begin(all), end(all), [&name](const auto& each) {
      return each.path().filename().string().rfind(name.filename().string(), 0) == 0;
    });
  }

  ProcessConfig job(unsigned threads, const ParameterSet& reference) const {
    ProcessConfig config;
    ParameterSet match = reference;
    match.set("output", path).set("jets", "sim").set("pt_min", 10);
    config.path = {{"sim", "JetSimProducer",
                    ParameterSet().set("particles", "source").set("bundle", "smearing").set("gen_pt_min", 20)},
                   {"match", "JetMatchAnalyzer", match}};
    config.threads = threads;
    config.setup.put(InvisibleParticles());
    return config;
  }

  std::string responses(unsigned threads, std::vector<std::uint64_t> numbers, const ParameterSet& reference) {
    EventSource source(std::move(numbers));
    EventProcessor(job(threads, reference), source).run();
    return written();
  }
};

const ParameterSet& particles() {
  static const ParameterSet set = ParameterSet().set("reference_particles", "source:reco");
  return set;
}

TEST_F(Responses, AreTheSameFileFromAnyNumberOfThreadsAndInAnyOrder) {
  const std::string alone = responses(1, numbers_to(200), particles());
  EXPECT_NE(alone.find("\"events\": 201"), std::string::npos) << alone;
  EXPECT_EQ(responses(2, numbers_to(200), particles()), alone);
  std::vector<std::uint64_t> backwards = numbers_to(200);
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(responses(4, backwards, particles()), alone);
}

TEST_F(Responses, OfJetsToThemselvesAreOne) {
  const ParameterSet bins = ParameterSet().set("bins", 4).set("low", 0.5).set("high", 1.5);
  const ParameterSet histograms = ParameterSet()
                                      .set("response", bins)
                                      .set("pt_edges", std::vector<double>{0, 10000})
                                      .set("delta_r", ParameterSet().set("bins", 2));
  responses(2, {1, 2, 3}, ParameterSet().set("reference_jets", "sim").set("histograms", histograms));
  const std::string text = written();
  // As many jets as gen jets of these events: 1 + 2 + 3.
  EXPECT_NE(text.find("\"jets\": {\"simulated\": 6, \"reference\": 6, \"matched\": 6}"), std::string::npos) << text;
  EXPECT_NE(text.find("\"pt_response\": {\"low\": 0.5, \"high\": 1.5, \"counts\": [0, 0, 6, 0]"), std::string::npos);
  EXPECT_NE(text.find("\"delta_r\": {\"low\": 0, \"high\": 1, \"counts\": [6, 0]"), std::string::npos);
}

TEST_F(Responses, NeedOneReference) {
  EventSource source({1});
  const ParameterSet both = ParameterSet(particles()).set("reference_jets", "sim");
  for (const ParameterSet& wrong : {ParameterSet(), both}) {
    EXPECT_NE(error_of([&] { EventProcessor(job(1, wrong), source); }).find("there is not exactly one of"),
              std::string::npos);
  }
  const ParameterSet falling = ParameterSet().set("pt_edges", std::vector<double>{2, 1});
  EXPECT_NE(error_of([&] {
              EventProcessor(job(1, ParameterSet(particles()).set("histograms", falling)), source);
            }).find("module 'match' (JetMatchAnalyzer): parameter 'pt_edges' does not rise"),
            std::string::npos);
}

TEST_F(Responses, AreNotBegunWhereTheyCannotBeWritten) {
  EventSource source({1});
  ProcessConfig config = job(1, particles());
  config.path[1].parameters.set("output", "no/such/folder/x.json");
  EXPECT_NE(error_of([&] { EventProcessor(config, source); }).find("no/such/folder/x.json cannot be written"),
            std::string::npos);
}

TEST_F(Responses, ReplaceAFileOnlyWhenWhole) {
  std::ofstream(path) << "before";
  {
    ResultFile file(path);
    EXPECT_EQ(written(), "before");
  }
  EXPECT_EQ(written(), "before");
  {
    // Two of one name do not meet.
    ResultFile first(path), second(path);
    first.finish("a text that is longer");
    EXPECT_EQ(written(), "a text that is longer");
    second.finish("after");
  }
  EXPECT_EQ(written(), "after");
  EXPECT_EQ(files(), 1);
}

TEST_F(Responses, OfAFullDiskAreAnError) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small = {3, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  std::string error;
  {
    ResultFile file(path);
    setrlimit(RLIMIT_FSIZE, &small);
    error = error_of([&] { file.finish("text"); });
    setrlimit(RLIMIT_FSIZE, &before);
  }
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(error.find("cannot be written"), std::string::npos) << error;
  EXPECT_EQ(files(), 0);
}

TEST(Matching, CountsPairsInTheRangeOfTheReference) {
  ParameterSetDescription description = ResponseHistograms::description();
  const ParameterSet bins = ParameterSet().set("bins", 2).set("low", 0).set("high", 2);
  ResponseHistograms histograms(description.validated(
      ParameterSet().set("response", bins).set("pt_edges", std::vector<double>{100, 200, 300}), "test"));
  const Jets simulated = {{150, 0, 3.1f, 5, 0, 0}, {90, 0, 0, 5, 0, 0}, {50, 1, 0, 5, 0, 0}, {10, 2, 0, 5, 0, 0}};
  const Jets reference = {{100, 0, -3.1f, 0, 0, 0}, {200, 0, 0.3f, 10, 0, 0}, {300, 1, 0, 5, 0, 0}};
  histograms.fill(simulated, reference, {0, 1, 2, -1});
  const std::string json = histograms.json();
  EXPECT_NE(json.find("{\"simulated\": 4, \"reference\": 3, \"matched\": 3}"), std::string::npos) << json;
  // Below 100 and from 300 on there is no range; 200 is in the second.
  EXPECT_NE(json.find("[100, 200],\n     \"pt_response\": {\"low\": 0, \"high\": 2, \"counts\": [0, 1]"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find("[200, 300],\n     \"pt_response\": {\"low\": 0, \"high\": 2, \"counts\": [1, 0]"),
            std::string::npos)
      << json;
  // A reference without mass has no response.
  EXPECT_NE(json.find("\"counts\": [0, 0], \"underflow\": 0, \"overflow\": 0, \"not_finite\": 1"), std::string::npos);
  // Across phi = pi the jets are 0.08 apart, not 6.2.
  EXPECT_NE(json.find("\"overflow\": 0, \"not_finite\": 0},\n  \"ranges\""), std::string::npos) << json;
}

TEST(AHistogram, CountsFromLowToHigh) {
  Histogram histogram(3, 0, 0.3);
  for (const double value : {-1e-9, 0.0, 0.1, 0.2999999999999999, 0.3, 1e300, double{NAN}, double{INFINITY}})
    histogram.fill(value);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(histogram.underflow(), 1u);
  EXPECT_EQ(histogram.overflow(), 2u);
  EXPECT_EQ(histogram.not_finite(), 2u);
  Histogram twice = histogram;
  twice.add(histogram);
  EXPECT_EQ(twice.counts(), (std::vector<std::uint64_t>{2, 2, 2}));
  EXPECT_EQ(twice.overflow(), 4u);
}

TEST(AHistogram, OfNothingIsRefused) {
  EXPECT_NE(error_of([] { Histogram(0, 0, 1); }), "");
  EXPECT_NE(error_of([] { Histogram(5, 1, 1); }), "");
  EXPECT_NE(error_of([] { Histogram(5, 0, INFINITY); }), "");
  EXPECT_NE(error_of([] { Histogram(2'000'000, 0, 1); }), "");
}

}  // namespace
}  // namespace pyjetsim::framework
