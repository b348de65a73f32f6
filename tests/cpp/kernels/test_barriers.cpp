// Under ThreadSanitizer, which takes each lane for a thread: the kernels have no race, and without any one of their
// barriers they have one.
#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/chamfer/cuda/kernel.h"
#include "kernels/cuda/warp.h"
#include "kernels/reconstruction_loss/cuda/kernel.h"
#include "random_jets.h"

// The first race ends the process.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }

namespace pyjetsim {
namespace {

constexpr std::int64_t kPoints = 150;  // more than a tile
constexpr int kRace = 66;              // what a process exits with that had one

struct Memory {
  std::vector<float> x = tests::normal<float>(3 * kPoints, 1), y = tests::normal<float>(3 * kPoints, 2);
  std::vector<float> grad_x = x, grad_y = y;
  std::vector<std::int32_t> x_nearest = std::vector<std::int32_t>(kPoints, 3), y_nearest = x_nearest;
  float distance = 1, terms[kLossTerms] = {}, sums[2 * kJetSums] = {};
};

void chamfer() {
  Memory memory;
  const ChamferBatch<float> batch{1,
                                  kPoints,
                                  kPoints,
                                  3,
                                  memory.x.data(),
                                  memory.y.data(),
                                  nullptr,
                                  nullptr,
                                  &memory.distance,
                                  memory.x_nearest.data(),
                                  memory.y_nearest.data()};
  cuda::launch_on_jets(cuda::chamfer_kernel<float, 3, true>, batch, nullptr);
}

void chamfer_gradient() {
  Memory memory;
  const ChamferGradient<float> batch{1,
                                     kPoints,
                                     kPoints,
                                     3,
                                     memory.x.data(),
                                     memory.y.data(),
                                     memory.x_nearest.data(),
                                     memory.y_nearest.data(),
                                     &memory.distance,
                                     memory.grad_x.data(),
                                     memory.grad_y.data()};
  cuda::launch_on_jets(cuda::chamfer_gradient_kernel<float, 3>, batch, nullptr);
}

void loss() {
  Memory memory;
  const LossBatch<float> batch{1,
                               kPoints,
                               kPoints,
                               memory.x.data(),
                               memory.y.data(),
                               nullptr,
                               nullptr,
                               {1, 1, 1, 1},
                               &memory.distance,
                               memory.terms,
                               memory.sums,
                               memory.x_nearest.data(),
                               memory.y_nearest.data()};
  cuda::launch_on_jets(cuda::reconstruction_loss_kernel<float, true>, batch, nullptr);
}

void loss_gradient() {
  Memory memory;
  const LossGradient<float> batch{1,
                                  kPoints,
                                  kPoints,
                                  memory.x.data(),
                                  memory.y.data(),
                                  nullptr,
                                  nullptr,
                                  {1, 1, 1, 1},
                                  memory.sums,
                                  memory.x_nearest.data(),
                                  memory.y_nearest.data(),
                                  &memory.distance,
                                  memory.grad_x.data(),
                                  memory.grad_y.data()};
  cuda::launch_on_jets(cuda::reconstruction_loss_gradient_kernel<float>, batch, nullptr);
}

class Barriers : public ::testing::TestWithParam<void (*)()> {};

TEST_P(Barriers, AreThereAndEachIsNeeded) {
  // A process that forks goes on unwatched: one starts anew.
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  emulation::options() = {};
  GetParam()();
  const emulation::Options with_all = emulation::options();
  EXPECT_EXIT((GetParam()(), std::exit(0)), ::testing::ExitedWithCode(0), "");
  ASSERT_GT(with_all.seen_count, 0);
  for (int i = 0; i < with_all.seen_count; ++i) {
    const auto without_one = [&] {
      emulation::options().ignored = with_all.seen[i];
      GetParam()();
      std::exit(0);
    };
    EXPECT_EXIT(without_one(), ::testing::ExitedWithCode(kRace), "data race")
        << with_all.seen[i].file << ':' << with_all.seen[i].line;
  }
}

INSTANTIATE_TEST_SUITE_P(OfKernels, Barriers, ::testing::Values(chamfer, chamfer_gradient, loss, loss_gradient));

}  // namespace
}  // namespace pyjetsim
