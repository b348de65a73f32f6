// Stands in for an ONNX Runtime with CUDA: the real one, which says that it has the provider and notes what it is
// asked. The model runs on the CPU. The GPU with the number 7 is not there.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "backends/onnxruntime/c_abi.h"

struct OrtCUDAProviderOptionsV2 {
  std::string told;
};

namespace {

const OrtApi* real = nullptr;
OrtApi table;
char name[] = "CUDAExecutionProvider";
char* names[] = {name};
std::string log;

OrtStatus* fails(const char* message) {
  using CreateStatus = OrtStatus* (*)(OrtErrorCode, const char*) noexcept;
  CreateStatus create = nullptr;
  std::memcpy(&create, real, sizeof create);  // the first of the table
  return create(static_cast<OrtErrorCode>(1), message);
}

OrtStatus* available(char*** found, int* count) noexcept {
  *found = names;
  *count = 1;
  return nullptr;
}
OrtStatus* release_available(char**, int) noexcept { return nullptr; }
OrtStatus* create(OrtCUDAProviderOptionsV2** options) noexcept {
  *options = new OrtCUDAProviderOptionsV2;
  return nullptr;
}
OrtStatus* update(OrtCUDAProviderOptionsV2* options, const char* const* keys, const char* const* values,
                  size_t count) noexcept {
  options->told.clear();
  for (size_t i = 0; i < count; ++i) {
    if (std::getenv("TEST_CUDA_WITHOUT_TF32") != nullptr && std::strcmp(keys[i], "use_tf32") == 0) {
      return fails("Unknown provider option: \"use_tf32\".");
    }
    options->told += std::string(keys[i]) + "=" + values[i] + ";";
  }
  return nullptr;
}
void release(OrtCUDAProviderOptionsV2* options) noexcept { delete options; }
OrtStatus* append(OrtSessionOptions*, const OrtCUDAProviderOptionsV2* options) noexcept {
  log = options->told;
  return log.rfind("device_id=7;", 0) == 0 ? fails("CUDA failure 101: invalid device ordinal\nin a file") : nullptr;
}

const OrtApi* get_api(uint32_t version) noexcept {
  void* library = dlopen(std::getenv("TEST_REAL_ONNXRUNTIME"), RTLD_NOW | RTLD_LOCAL);
  const auto base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  real = base()->GetApi(version);
  table = *real;
  table.GetAvailableProviders = &available;
  table.ReleaseAvailableProviders = &release_available;
  table.CreateCUDAProviderOptions = &create;
  table.UpdateCUDAProviderOptions = &update;
  table.ReleaseCUDAProviderOptions = &release;
  table.SessionOptionsAppendExecutionProvider_CUDA_V2 = &append;
  return &table;
}
const char* version() noexcept { return "1.20.0"; }
const OrtApiBase kBase{&get_api, &version};

}  // namespace

extern "C" __attribute__((visibility("default"))) const OrtApiBase* OrtGetApiBase() noexcept { return &kBase; }
extern "C" __attribute__((visibility("default"))) const char* told_to_cuda() noexcept { return log.c_str(); }
