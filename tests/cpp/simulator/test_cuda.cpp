// Simulating on a GPU: what ONNX Runtime is asked for. A stand-in says that it has CUDA and runs the model on the CPU.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "pyjetsim/simulator.h"
#include "simulator/expect_error.h"
#include "simulator/gen_jets.h"
#include "simulator/scratch_folder.h"
#include "simulator/small_bundle.h"

namespace pyjetsim {
namespace {

SimulatorOptions on(const std::string& device, const std::string& library) {
  SimulatorOptions options;
  options.device = device;
  options.library = library;
  return options;
}

std::string told() {
  void* const library = dlopen(CUDA_ONNXRUNTIME, RTLD_NOW | RTLD_NOLOAD);
  return reinterpret_cast<const char* (*)()>(dlsym(library, "told_to_cuda"))();
}

TEST(Cuda, RunsOnTheGpuThatIsNamed) {
  const std::string real = getenv("PYJETSIM_ONNXRUNTIME");
  setenv("TEST_REAL_ONNXRUNTIME", real.c_str(), 1);
  const ScratchFolder folder;
  SmallBundle().write(folder.path());
  const auto load = [&](const std::string& device, const std::string& library) {
    return JetSimulator::load(folder.path(), on(device, library));
  };

  const JetSimulator cpu = load("cpu", CUDA_ONNXRUNTIME), gpu = load("cuda:2", CUDA_ONNXRUNTIME);
  EXPECT_EQ(told(), "device_id=2;use_tf32=0;");
  EXPECT_EQ(cpu.backend().rfind("ONNX Runtime 1.20.0 (", 0), 0u) << cpu.backend();
  EXPECT_EQ(gpu.backend().rfind("ONNX Runtime 1.20.0 on cuda:2 (", 0), 0u) << gpu.backend();

  // More jets than one inference takes, on either.
  const GenJets gen = GenJets::random(1200, 1);
  SimulatedJets one, other;
  cpu.simulate(EventId{1, 2, 3}, gen.view(), one);
  gpu.simulate(EventId{1, 2, 3}, gen.view(), other);
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t jet = 0; jet < one.size(); ++jet) {
    const Span<const float> a = one.constituents(jet), b = other.constituents(jet);
    ASSERT_EQ(std::vector<float>(a.begin(), a.end()), std::vector<float>(b.begin(), b.end())) << jet;
  }

  load("cuda", CUDA_ONNXRUNTIME);
  EXPECT_EQ(told(), "device_id=0;use_tf32=0;");
  setenv("TEST_CUDA_WITHOUT_TF32", "1", 1);
  load("cuda:1", CUDA_ONNXRUNTIME);
  EXPECT_EQ(told(), "device_id=1;");
  unsetenv("TEST_CUDA_WITHOUT_TF32");

  expect_error([&] { load("cuda:7", CUDA_ONNXRUNTIME); },
               "cannot use device cuda:7: CUDA failure 101: invalid device ordinal (its CUDA provider needs");
  for (const char* device : {"", "gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999", "cuda:99999999999"}) {
    expect_error([&] { load(device, CUDA_ONNXRUNTIME); }, std::string("device '") + device + "' is unknown");
  }
  for (const std::string device : {"cuda", "cuda:0", "cuda:9"}) {
    expect_error([&] { load(device, real); },
                 "has no CUDA provider (device " + device + " was asked for): install onnxruntime-gpu");
  }
}

}  // namespace
}  // namespace pyjetsim
