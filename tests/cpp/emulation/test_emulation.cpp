// The emulation itself: what it computes, and the mistakes in a kernel that it has to catch.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "emulation/cuda_runtime.h"

namespace emulation {
namespace {

template <typename Kernel, typename... Arguments>
void launch(unsigned blocks, unsigned threads, Kernel* kernel, const Arguments&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(threads);
  ASSERT_EQ(cudaLaunchKernelEx(&config, kernel, arguments...), cudaSuccess);
}

void sum_lanes(float* sums, unsigned* ballots) {
  auto sum = static_cast<float>(threadIdx.x);
  for (int other = 16; other > 0; other /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, other);
  const std::size_t thread = blockIdx.x * blockDim.x + threadIdx.x;
  sums[thread] = sum;
  ballots[thread] = __ballot_sync(0xffffffffu, threadIdx.x % 32 < 3);
  if (__any_sync(0xffffffffu, threadIdx.x == 40)) ballots[thread] += 100;
}

TEST(Emulation, ShufflesAndVotes) {
  std::vector<float> sums(3 * 64);
  std::vector<unsigned> ballots(3 * 64);
  launch(3, 64, sum_lanes, sums.data(), ballots.data());
  for (int thread = 0; thread < 3 * 64; ++thread) {
    const bool second_warp = thread % 64 >= 32;
    EXPECT_EQ(sums[thread], second_warp ? 1520 : 496);
    EXPECT_EQ(ballots[thread], second_warp ? 107u : 7u);
  }
}

void reverse(int* numbers) {
  PYJETSIM_SHARED(copy, int[64]);
  copy[threadIdx.x] = numbers[threadIdx.x];
  __syncthreads();
  numbers[threadIdx.x] = copy[63 - threadIdx.x];
}

TEST(Emulation, BlocksShareMemory) {
  for (const Order order : {Order::kForward, Order::kBackward}) {
    options().order = order;
    std::vector<int> numbers(64);
    for (int i = 0; i < 64; ++i) numbers[i] = i;
    launch(1, 64, reverse, numbers.data());
    for (int i = 0; i < 64; ++i) EXPECT_EQ(numbers[i], 63 - i);
  }
  options() = {};
}

void read_before_writing(float* numbers) {
  PYJETSIM_SHARED(copy, float[32]);
  numbers[threadIdx.x] = copy[31 - threadIdx.x];
  __syncwarp();
  copy[threadIdx.x] = numbers[threadIdx.x];
}

TEST(Emulation, SharedMemoryStartsAsNaNInEveryBlock) {
  std::vector<float> numbers(32);
  launch(2, 32, read_before_writing, numbers.data());
  for (const float number : numbers) EXPECT_TRUE(std::isnan(number));
}

TEST(Emulation, ARemovedBarrierGivesAWrongAnswer) {
  options() = {};
  std::vector<int> numbers(64, 1), reversed(64, 1);
  numbers[0] = reversed[63] = 7;
  launch(1, 64, reverse, numbers.data());
  EXPECT_EQ(numbers, reversed);
  ASSERT_EQ(options().seen_count, 1);
  options().ignored = options().seen[0];
  launch(1, 64, reverse, numbers.data());
  EXPECT_NE(numbers, reversed);
  options() = {};
}

// In each of these one line is wrong, on purpose.

void barrier_in_a_branch() {
  if (threadIdx.x < 32) __syncthreads();
}

void barrier_in_half_a_warp() {
  if (threadIdx.x < 16) __syncwarp();
}

void two_barriers() {
  if (threadIdx.x < 16) {
    __syncwarp();
  } else {
    __syncwarp();
  }
}

void shuffle_of_half_a_warp() {
  if (threadIdx.x < 16) __shfl_xor_sync(0x0000ffffu, 1, 1);
}

void past_the_end(int* number) {
  PYJETSIM_SHARED(few, int[4]);
  int* first = few;
  first[threadIdx.x] = 0;
  *number = few[0];
}

TEST(EmulationDeathTest, DivergentBarriersEndTheProcess) {
  EXPECT_DEATH(launch(1, 64, barrier_in_a_branch), "a barrier that not all threads reach");
  EXPECT_DEATH(launch(1, 64, barrier_in_half_a_warp), "a barrier that not all threads reach");
  EXPECT_DEATH(launch(1, 64, two_barriers), "threads wait at different barriers");
}

TEST(EmulationDeathTest, MasksOfPartOfAWarpEndTheProcess) {
  EXPECT_DEATH(launch(1, 32, shuffle_of_half_a_warp), "a mask that leaves lanes out");
}

TEST(EmulationDeathTest, BlocksOfPartOfAWarpEndTheProcess) {
  EXPECT_DEATH(launch(1, 33, barrier_in_a_branch), "a block that is not of whole warps");
}

TEST(EmulationDeathTest, TheEndOfSharedMemoryIsGuarded) {
  int number;
  EXPECT_DEATH(launch(1, 32, past_the_end, &number), "heap-buffer-overflow");
}

}  // namespace
}  // namespace emulation
