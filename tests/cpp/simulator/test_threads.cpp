// One simulator for all threads, under ThreadSanitizer: no races, and the same jets as in one thread.
#include <gtest/gtest.h>

#include <thread>

#include "pyjetsim/graph.h"
#include "pyjetsim/simulator.h"
#include "simulator/by_hand.h"
#include "simulator/gen_jets.h"
#include "simulator/scratch_folder.h"

namespace pyjetsim {
namespace {

constexpr unsigned kThreads = 4, kEvents = 200;

class Threads : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(, Threads, testing::Values("onnxruntime", "by_hand"),
                         [](const auto& which) { return std::string(which.param); });

std::vector<float> simulated(const JetSimulator& simulator, unsigned event, SimulatedJets& jets) {
  simulator.simulate({1, 2, event}, GenJets::random(event % 7, event).view(), jets);
  std::vector<float> numbers(jets.view().momenta.begin(), jets.view().momenta.end());
  for (std::size_t j = 0; j < jets.size(); ++j) numbers.push_back(jets[j].mass);
  return numbers;
}

TEST_P(Threads, GiveTheSameJets) {
  ByHand::enable();
  const ScratchFolder folder;
  SmallBundle().write(folder.path());
  const auto simulator = JetSimulator::load(folder.path(), {GetParam(), "", 1, 3});
  SimulatedJets jets;
  std::vector<std::vector<float>> alone(kEvents), together(kEvents);
  for (unsigned event = 0; event < kEvents; ++event) alone[event] = simulated(simulator, event, jets);

  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      SimulatedJets own;
      // From the last to the first, so that the order differs too.
      for (unsigned i = 0; i < kEvents; ++i) {
        const unsigned event = kEvents - 1 - i;
        if (event % kThreads == thread) together[event] = simulated(simulator, event, own);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(alone, together);
}

// The jets of one call, in blocks.
TEST_P(Threads, ShareACall) {
  ByHand::enable();
  const ScratchFolder folder;
  SmallBundle().write(folder.path());
  const auto one = JetSimulator::load(folder.path(), {GetParam(), "", 1, 3});
  const auto numbers = [](const SimulatedJets& jets) {
    const JetsView view = jets.view();
    std::vector<float> all(view.momenta.begin(), view.momenta.end());
    all.insert(all.end(), view.offsets.begin(), view.offsets.end());
    for (std::size_t j = 0; j < jets.size(); ++j) all.insert(all.end(), {jets[j].pt, jets[j].domain_distance});
    return all;
  };
  SimulatedJets alone, together;
  for (const int threads : {2, 3, 16}) {
    const auto several = JetSimulator::load(folder.path(), {GetParam(), "", threads, 3});
    for (const std::size_t jets : {0, 1, 64, 65, 1000}) {
      const GenJets gen = GenJets::random(jets, 5);
      one.simulate({1, 2, 3}, gen.view(), alone);
      several.simulate({1, 2, 3}, gen.view(), together);
      EXPECT_EQ(numbers(alone), numbers(together)) << jets << " jets, " << threads << " threads";
    }
  }
}

TEST(GraphInThreads, GivesTheSameNumbers) {
  const ScratchFolder folder;
  SmallBundle::of_another_task().write(folder.path());
  std::vector<float> point(4 * 500, 1.5f);
  std::vector<std::int64_t> count(500, 3);
  std::vector<JetId> ids;
  for (std::uint64_t i = 0; i < 500; ++i) ids.push_back({1, 2, i, 0});
  SimulatorOptions options;
  GraphOutputs alone, together;
  Graph::load(folder.path(), options).run(500, {{"point", point}, {"count", count}}, ids, 1, alone);
  options.threads = 4;
  const Graph shared = Graph::load(folder.path(), options);
  for (int round = 0; round < 5; ++round) {
    shared.run(500, {{"point", point}, {"count", count}}, ids, 1, together);
    EXPECT_EQ(std::vector<float>(alone.floats("answer").begin(), alone.floats("answer").end()),
              std::vector<float>(together.floats("answer").begin(), together.floats("answer").end()));
  }
}

TEST_P(Threads, LoadSideBySide) {
  ByHand::enable();
  const ScratchFolder folder;
  SmallBundle().write(folder.path());
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      SimulatedJets jets;
      EXPECT_FALSE(simulated(JetSimulator::load(folder.path(), {GetParam(), "", 1, 3}), 6 + 7 * thread, jets).empty());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pyjetsim
