#include <array>
#include <charconv>
#include <string_view>

#include "backends/onnxruntime/library.h"
#include "backends/onnxruntime/session.h"
#include "pyjetsim/error.h"

namespace pyjetsim::onnxruntime {
namespace {

constexpr int kMostGpus = 1024;

bool has_provider(const OnnxRuntimeLibrary& library) {
  const OrtApi& api = *library.api;
  char** names = nullptr;
  int count = 0;
  if (OrtStatus* status = api.GetAvailableProviders(&names, &count)) {
    problem_of(api, status);  // releases it
    return false;
  }
  bool found = false;
  for (int i = 0; i < count; ++i) found = found || std::string_view(names[i]) == "CUDAExecutionProvider";
  problem_of(api, api.ReleaseAvailableProviders(names, count));
  return found;
}

}  // namespace

int gpu_of(const std::string& device) {
  if (device == "cpu") return -1;
  if (device == "cuda") return 0;
  const std::string_view prefix = "cuda:";
  if (device.rfind(prefix, 0) == 0) {
    int number = -1;
    const char* const end = device.data() + device.size();
    const auto [stop, error] = std::from_chars(device.data() + prefix.size(), end, number);
    if (error == std::errc() && stop == end && number >= 0 && number < kMostGpus && device[prefix.size()] != '-') {
      return number;
    }
  }
  throw Error("device '" + device + "' is unknown", "nothing can be run there", "use cpu, cuda or cuda:N");
}

void gpu_unusable(const OnnxRuntimeLibrary& library, const std::string& device, const std::string& problem) {
  throw Error(library.description + " cannot use device " + device + ": " + problem,
              "its CUDA provider needs that GPU, the driver, and the CUDA and cuDNN that it was built for",
              "install what is missing, or use the device cpu");
}

void run_on_gpu(const OnnxRuntimeLibrary& library, OrtSessionOptions& options, const std::string& device) {
  if (!has_provider(library)) {
    throw Error(
        "this " + library.description + " has no CUDA provider", "device " + device + " was asked for",
        "install onnxruntime-gpu in place of onnxruntime, or name its libonnxruntime.so in the option `library` "
        "or in the environment variable PYJETSIM_ONNXRUNTIME, or use the device cpu");
  }
  const OrtApi& api = *library.api;
  const auto check = [&](OrtStatus* status) {
    const std::string problem = problem_of(api, status);
    if (!problem.empty()) gpu_unusable(library, device, problem);
  };
  OrtCUDAProviderOptionsV2* created = nullptr;
  check(api.CreateCUDAProviderOptions(&created));
  const Owned<OrtCUDAProviderOptionsV2> cuda(created, api.ReleaseCUDAProviderOptions);
  // TensorFloat-32 rounds to 10 bits: golden answers would not be met.
  const std::string number = std::to_string(gpu_of(device));
  const std::array keys = {"device_id", "use_tf32"};
  const std::array values = {number.c_str(), "0"};
  if (OrtStatus* status = api.UpdateCUDAProviderOptions(created, keys.data(), values.data(), keys.size())) {
    problem_of(api, status);  // releases it: before 1.18 there is no such choice
    check(api.UpdateCUDAProviderOptions(created, keys.data(), values.data(), 1));
  }
  check(api.SessionOptionsAppendExecutionProvider_CUDA_V2(&options, created));
}

}  // namespace pyjetsim::onnxruntime
