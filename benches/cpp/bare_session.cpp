#include "bare_session.h"

#include <dlfcn.h>

#include <stdexcept>

#include "files.h"

namespace benches {

BareSession::BareSession(const std::string& library, const std::string& model, const Shapes& shapes, int threads)
    : shapes_(shapes) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
  const auto base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (base == nullptr) throw std::runtime_error(library + " is not ONNX Runtime");
  constexpr std::uint32_t kVersion = 17;  // as the simulator asks for
  api_ = base()->GetApi(kVersion);

  OrtSessionOptions* options = nullptr;
  check(api_->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "bare", &env_));
  check(api_->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory_));
  check(api_->CreateSessionOptions(&options));
  check(api_->SetIntraOpNumThreads(options, threads));
  check(api_->SetInterOpNumThreads(options, 1));
  const std::string content = bytes_of(model);
  check(api_->CreateSessionFromArray(env_, content.data(), content.size(), options, &session_));
  api_->ReleaseSessionOptions(options);
}

BareSession::Call BareSession::prepare(float* constituents, float* noise, float* output, std::size_t jets) const {
  const auto n = static_cast<std::int64_t>(jets);
  return {tensor(constituents, {n, shapes_.constituents, 3}), tensor(noise, {n, shapes_.noise}),
          tensor(output, {n, shapes_.constituents, 3})};
}

void BareSession::run(const Call& call) const {
  static const char* const kInputs[] = {"constituents", "noise"};
  static const char* const kOutputs[] = {"reco_constituents"};
  const OrtValue* const inputs[] = {call.constituents, call.noise};
  OrtValue* output = call.output;
  check(api_->Run(session_, nullptr, kInputs, inputs, 2, kOutputs, 1, &output));
}

OrtValue* BareSession::tensor(float* numbers, std::vector<std::int64_t> shape) const {
  std::size_t bytes = sizeof(float);
  for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
  OrtValue* value = nullptr;
  check(api_->CreateTensorWithDataAsOrtValue(memory_, numbers, bytes, shape.data(), shape.size(),
                                             ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &value));
  return value;
}

void BareSession::check(OrtStatus* status) const {
  if (status != nullptr) throw std::runtime_error(api_->GetErrorMessage(status));
}

}  // namespace benches
