// The TorchScript backend answers as ONNX Runtime does, whoever asks and however much at once.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "fixture.h"
#include "simulator/golden.h"

namespace {

using pyjetsim::Backend;

// All jets, in calls of `batch` of them.
std::vector<float> run(const Backend& model, std::size_t batch) {
  const std::size_t row = 3 * jets().p;
  std::vector<float> output(jets().output.size(), std::nanf(""));
  for (std::size_t jet = 0; jet < jets().size; jet += batch) {
    model.run(jets().constituents.data() + jet * row, jets().noise.data() + jet * jets().z,
              std::min(batch, jets().size - jet), output.data() + jet * row);
  }
  return output;
}

void expect_the_answers(const std::vector<float>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], jets().output[i], 1e-4 + 1e-4 * std::abs(jets().output[i])) << i;
  }
}

TEST(Backend, SaysWhatItIs) { EXPECT_EQ(backend(good())->description().rfind("libtorch 2.", 0), 0u); }

TEST(Backend, ReproducesTheGoldenJets) { EXPECT_NO_THROW(pyjetsim::replay_golden(*backend(good()), bundle())); }

TEST(Backend, GoldenJetsTellAnotherModel) {
  EXPECT_THROW(pyjetsim::replay_golden(*backend(content("other.pt")), bundle()), pyjetsim::Error);
}

TEST(Backend, AnyBatchGivesTheAnswers) {
  const auto model = backend(good());
  for (std::size_t batch : {std::size_t{1}, std::size_t{7}, jets().size}) expect_the_answers(run(*model, batch));
}

TEST(Backend, TwoThreadsInsideACallGiveTheAnswers) { expect_the_answers(run(*backend(good(), {"", 2}), jets().size)); }

TEST(Backend, SeveralThreadsShareAModel) {
  const auto model = backend(good());
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&, i] { found[i] = run(*model, 3 + i); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& output : found) expect_the_answers(output);
}

TEST(Backend, TheCallersThreadsAreLeftAsTheyWere) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  run(*backend(good()), 100);
  EXPECT_EQ(at::get_num_threads(), 2);
  at::set_num_threads(before);
}

}  // namespace
