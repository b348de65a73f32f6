// A bundle's TorchScript in libtorch, called as fast as it can be:
//   torchscript MODEL FOLDER BATCH P Z THREADS
#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "files.h"
#include "server.h"

namespace {

using namespace benches;
using Inputs = std::vector<std::vector<c10::IValue>>;

at::Tensor view(float* numbers, at::IntArrayRef shape) {
  return at::from_blob(numbers, shape, at::TensorOptions().dtype(at::kFloat));
}

Sample sample(torch::jit::Method forward, const Inputs& calls) {
  return [forward, &calls]() mutable {
    const c10::InferenceMode no_gradients;
    const auto all = [&] {
      for (const auto& inputs : calls) forward(inputs);
    };
    return seconds(all) / static_cast<double>(calls.size());
  };
}

int work(int count, char** arguments) {
  if (count != 7) throw std::runtime_error("wrong number of arguments");
  const std::string folder = arguments[2];
  const std::int64_t batch = std::atoll(arguments[3]), p = std::atoll(arguments[4]), z = std::atoll(arguments[5]);
  at::set_num_threads(std::atoi(arguments[6]));
  std::vector<float> jets = read_numbers<float>(folder + "/inputs.f32");
  std::vector<float> noise = read_numbers<float>(folder + "/noise_b" + std::to_string(batch) + ".f32");

  Inputs calls;
  for (std::int64_t jet = 0; (jet + batch) * z <= static_cast<std::int64_t>(noise.size()); jet += batch) {
    calls.push_back({view(jets.data() + jet * 3 * p, {batch, p, 3}), view(noise.data() + jet * z, {batch, z})});
  }
  // The weights are constants of the graph already: there is nothing left to freeze.
  const torch::jit::Module loaded = torch::jit::load(arguments[1], at::kCPU);
  torch::jit::Module optimised = torch::jit::load(arguments[1], at::kCPU);
  optimised.eval();
  optimised = torch::jit::optimize_for_inference(optimised);
  return serve({{"loaded", sample(loaded.get_method("forward"), calls)},
                {"optimised", sample(optimised.get_method("forward"), calls)}});
}

}  // namespace

int main(int count, char** arguments) {
  return benches::guarded([&] { return work(count, arguments); });
}
