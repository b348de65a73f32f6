// What a simulation takes from the heap: nothing for a jet.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <new>

#include "bundle/files.h"
#include "bundle/golden.h"
#include "pyjetsim/simulator.h"
#include "simulator/by_hand.h"
#include "simulator/gen_jets.h"
#include "simulator/scratch_folder.h"

namespace {

std::atomic<long> allocations{0};

void* allocate(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes > 0 ? bytes : 1) != 0) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Every other form of new and delete ends here. GCC takes the pairs for mismatched where it inlines one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { free(memory); }

namespace pyjetsim {
namespace {

template <typename Work>
long allocations_of(const Work& work) {
  const long before = allocations;
  work();
  return allocations - before;
}

// Once ONNX Runtime knows the number of jets; its count goes up and down by a few.
template <typename Work>
long settled_allocations_of(const Work& work) {
  long least = allocations_of(work);
  for (int i = 0; i < 20; ++i) least = std::min(least, allocations_of(work));
  return least;
}

class Memory : public testing::Test {
 protected:
  Memory() {
    ByHand::enable();
    SmallBundle().write(folder.path());
  }
  ScratchFolder folder;
  SimulatedJets jets;
  const GenJets many = GenJets::random(600, 1), few = GenJets::random(4, 2), one = GenJets::random(1, 3);
};

TEST_F(Memory, CountingWorks) {
  std::vector<int> numbers;
  EXPECT_EQ(allocations_of([&] { numbers.resize(100); }), 1);
  EXPECT_EQ(allocations_of([&] { numbers.resize(90); }), 0);
}

TEST_F(Memory, NothingIsTakenOnceThereIsRoom) {
  const auto simulator = JetSimulator::load(folder.path(), {"by_hand", "", 1, 0});
  simulator.simulate({1, 2, 3}, many.view(), jets);
  for (const GenJets* gen : {&many, &few, &one, &many}) {
    EXPECT_EQ(allocations_of([&] { simulator.simulate({1, 2, 4}, gen->view(), jets); }), 0) << gen->size();
  }
  // Several blocks, jets of more constituents than the model takes and without any, and other noise for the same jets.
  std::size_t truncated = 0, empty = 0;
  for (std::size_t j = 0; j < jets.size(); ++j) truncated += jets[j].truncated, empty += jets.constituents(j).empty();
  EXPECT_GT(truncated, 100u);
  EXPECT_GT(empty, 10u);
  std::vector<JetId> ids;
  for (std::size_t j = 0; j < many.size(); ++j) ids.push_back({1, 2, j / 3, j % 3, 0});
  simulator.simulate(ids, many.view(), jets);
  for (std::uint64_t copy = 0; copy < 5; ++copy) {
    for (JetId& id : ids) id.copy = copy;
    EXPECT_EQ(allocations_of([&] { simulator.simulate(7, ids, many.view(), jets); }), 0) << copy;
  }
  EXPECT_EQ(allocations_of([&] { simulator.simulate({1, 2, 5}, {}, jets); }), 0);
  SimulatedJets fresh;
  EXPECT_GT(allocations_of([&] { simulator.simulate({1, 2, 3}, few.view(), fresh); }), 0);
}

TEST_F(Memory, NothingIsTakenForIdentities) {
  SmallBundle(/*with_pids=*/true).write(folder.path());
  const auto simulator = JetSimulator::load(folder.path(), {"by_hand", "", 1, 0});
  const std::vector<std::int32_t> pids = many.random_pids(1), few_pids = few.random_pids(2);
  simulator.simulate({1, 2, 3}, many.view(pids), jets);
  for (const JetsView& gen : {many.view(pids), few.view(few_pids), many.view(), one.view(), many.view(pids)}) {
    EXPECT_EQ(allocations_of([&] { simulator.simulate({1, 2, 4}, gen, jets); }), 0) << gen.offsets.size();
  }
}

TEST_F(Memory, WithOnnxRuntimeNoMoreThanItsOwnInference) {
  const auto simulator = JetSimulator::load(folder.path());
  const Bundle bundle = read_bundle(folder.path());
  const auto backend = make_backend("onnxruntime", bundle, {});
  replay_golden(*backend, bundle);  // as load does: what ONNX Runtime takes depends on the sizes it has seen
  std::vector<float> constituents(64 * kSmallP * 3), noise(64 * kSmallZ), output(64 * kSmallP * 3);
  const auto bare = [&](std::size_t n) {
    const InputTensor inputs[] = {{&bundle.manifest.inputs[0], constituents.data()},
                                  {&bundle.manifest.inputs[1], noise.data()}};
    const OutputTensor outputs[] = {{&bundle.manifest.outputs[0], output.data()}};
    backend->run(n, {inputs, 2}, {outputs, 1});
  };
  const GenJets block = GenJets::random(64, 4);
  for (const GenJets* gen : {&block, &few, &one}) {
    const long alone = settled_allocations_of([&] { bare(gen->size()); });
    EXPECT_GT(alone, 0);
    EXPECT_EQ(settled_allocations_of([&] { simulator.simulate({1, 2, 4}, gen->view(), jets); }), alone) << gen->size();
  }
}

}  // namespace
}  // namespace pyjetsim
