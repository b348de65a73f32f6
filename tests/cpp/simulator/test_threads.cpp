// One simulator for all threads, under ThreadSanitizer: no races, and the same jets as in one thread.
#include <gtest/gtest.h>

#include <thread>

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
