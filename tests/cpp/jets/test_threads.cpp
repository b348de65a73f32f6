// Several threads that cluster at once get what one gets, and FastJet keeps quiet.
#include <gtest/gtest.h>

#include <thread>

#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"
#include "random_event.h"

namespace pyjetsim {
namespace {

constexpr std::uint32_t kEvents = 40;

struct Result {
  std::vector<double> jets;
  std::vector<std::size_t> constituents;
  std::vector<std::int64_t> nearest;
  bool operator==(const Result& other) const {
    return jets == other.jets && constituents == other.constituents && nearest == other.nearest;
  }
};

std::vector<Result> all_events() {
  std::vector<Result> results;
  ClusteredJets output;
  for (std::uint32_t seed = 0; seed < kEvents; ++seed) {
    // Sizes for which FastJet clusters in different ways.
    const auto event = random_event(20 + 15 * seed, seed);
    cluster({event.momenta, event.masses}, {0.5, 1, 2.5}, output);
    Result result{{}, output.constituents, std::vector<std::int64_t>(output.jets.size())};
    std::vector<double> eta, phi;
    for (const auto& jet : output.jets) {
      result.jets.insert(result.jets.end(), {jet.pt, jet.eta, jet.phi, jet.mass});
      eta.push_back(jet.eta);
      phi.push_back(jet.phi);
    }
    match_nearest({eta, phi}, {eta, phi}, 0.4, result.nearest);
    results.push_back(result);
    const std::vector<double> bad = {1, 2, std::numeric_limits<double>::quiet_NaN()};
    EXPECT_THROW(cluster({bad}, {}, output), Error);
  }
  return results;
}

TEST(Threads, GetTheSameJets) {
  // First, so that the first clustering of all is among them: it is the one that would print.
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  std::vector<std::vector<Result>> found(4);
  std::vector<std::thread> threads;
  for (auto& mine : found) threads.emplace_back([&mine] { mine = all_events(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr(), "");
  const auto expected = all_events();
  ASSERT_EQ(expected.size(), kEvents);
  for (const auto& mine : found) EXPECT_TRUE(mine == expected);
}

}  // namespace
}  // namespace pyjetsim
