#include "backends/onnxruntime/backend.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <type_traits>

#include "backends/onnxruntime/library.h"
#include "backends/onnxruntime/session.h"
#include "bundle/manifest.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

using onnxruntime::Owned;
using onnxruntime::problem_of;

// Enough to fill a GPU, at some megabytes a jet.
constexpr std::size_t kJetsOnGpu = 512;

// New versions of ONNX Runtime write an identifier of the machine and a database below ~/.cache when an environment is
// made; the interface stops only what would come after that, and this variable all of it. It is set once and stays: the
// less often the environment changes beside threads that may read it, the better.
void turn_telemetry_off() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/1); });
}

class OnnxRuntime final : public Backend {
 public:
  OnnxRuntime(const std::string& model, const std::string& path, const Manifest& manifest, const Config& config)
      : library_(load_onnxruntime(config.library)),
        manifest_(manifest),
        device_(config.device),
        gpu_(onnxruntime::gpu_of(device_)) {
    turn_telemetry_off();
    OrtEnv* env = nullptr;
    check_loading(api().CreateEnv(ORT_LOGGING_LEVEL_FATAL, "pyjetsim", &env), path);
    env_.reset(env);
    check_loading(api().DisableTelemetryEvents(env), path);
    OrtMemoryInfo* memory = nullptr;
    check_loading(api().CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory), path);
    memory_.reset(memory);
    session_ = open(model, path);
    onnxruntime::check_tensors(api(), *session_, manifest_, path);
  }

  void run(const GenBatch& gen, const RecoBatch& reco) const override {
    const auto n = static_cast<std::int64_t>(gen.jets);
    const auto p = static_cast<std::int64_t>(manifest_.max_constituents);
    const auto q = static_cast<std::int64_t>(manifest_.max_output_constituents);
    const auto z = static_cast<std::int64_t>(manifest_.noise_size);
    const Owned<OrtValue> constituents = tensor(gen.constituents, std::array{n, p, std::int64_t{3}});
    const Owned<OrtValue> noise = tensor(gen.noise, std::array{n, z});
    const Owned<OrtValue> pids = manifest_.uses_pids() ? tensor(gen.pids, std::array{n, p}) : nothing();
    // So that it writes where the caller wants it.
    const Owned<OrtValue> answer = tensor(reco.constituents, std::array{n, q, std::int64_t{3}});
    const Owned<OrtValue> answer_pids = manifest_.tells_pids() ? tensor(reco.pids, std::array{n, q}) : nothing();

    const std::array input_names = {manifest_.constituents_name.c_str(), manifest_.noise_name.c_str(),
                                    manifest_.pid_name.c_str()};
    const std::array<const OrtValue*, 3> inputs = {constituents.get(), noise.get(), pids.get()};
    const std::array output_names = {manifest_.output_name.c_str(), manifest_.output_pid_name.c_str()};
    std::array<OrtValue*, 2> outputs = {answer.get(), answer_pids.get()};
    check_running(api().Run(session_.get(), nullptr, input_names.data(), inputs.data(), manifest_.uses_pids() ? 3 : 2,
                            output_names.data(), manifest_.tells_pids() ? 2 : 1, outputs.data()));
  }

  std::size_t jets_at_once() const override { return gpu_ < 0 ? Backend::jets_at_once() : kJetsOnGpu; }

  std::string description() const override {
    std::string told = library_.description;
    if (gpu_ >= 0) told.insert(told.find(" ("), " on cuda:" + std::to_string(gpu_));
    return told;
  }

 private:
  const OrtApi& api() const { return *library_.api; }

  Owned<OrtSession> open(const std::string& content, const std::string& path) const {
    onnxruntime::refuse_external_data(content, path);
    OrtSessionOptions* created = nullptr;
    check_loading(api().CreateSessionOptions(&created), path);
    const Owned<OrtSessionOptions> options(created, api().ReleaseSessionOptions);
    check_loading(api().SetIntraOpNumThreads(created, 1), path);
    check_loading(api().SetInterOpNumThreads(created, 1), path);
    // The arena is one for all threads, behind a lock; the heap has one a thread.
    check_loading(api().DisableCpuMemArena(created), path);
    // What goes wrong is thrown; ONNX Runtime would print it too.
    check_loading(api().SetSessionLogSeverityLevel(created, ORT_LOGGING_LEVEL_FATAL), path);
    if (gpu_ >= 0) onnxruntime::run_on_gpu(library_, *created, device_);
    OrtSession* session = nullptr;
    OrtStatus* status = api().CreateSessionFromArray(env_.get(), content.data(), content.size(), created, &session);
    // The provider starts here: that a GPU is not there is found now.
    if (status != nullptr && gpu_ >= 0) onnxruntime::gpu_unusable(library_, device_, problem_of(api(), status));
    check_loading(status, path);
    return {session, api().ReleaseSession};
  }

  Owned<OrtValue> nothing() const { return {nullptr, api().ReleaseValue}; }

  template <typename T, std::size_t Rank>
  Owned<OrtValue> tensor(const T* numbers, const std::array<std::int64_t, Rank>& shape) const {
    constexpr auto kType =
        std::is_same_v<T, float> ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    std::size_t bytes = sizeof(T);
    for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
    OrtValue* value = nullptr;
    // Inputs are not written to; the interface has no way of saying so.
    check_running(api().CreateTensorWithDataAsOrtValue(memory_.get(), const_cast<T*>(numbers), bytes, shape.data(),
                                                       Rank, kType, &value));
    return {value, api().ReleaseValue};
  }

  void check_loading(OrtStatus* status, const std::string& path) const {
    if (status == nullptr) return;
    throw Error(path + " is no model that " + library_.description + " runs: " + problem_of(api(), status),
                "the graph is damaged or needs an operator this version does not have",
                "export the model again, or use a newer ONNX Runtime");
  }

  void check_running(OrtStatus* status) const {
    if (status == nullptr) return;
    throw Error(library_.description + " could not run the model: " + problem_of(api(), status),
                "these jets have no simulation", "try fewer jets at once, or another version of ONNX Runtime");
  }

  OnnxRuntimeLibrary library_;
  Manifest manifest_;
  std::string device_;  // as its user names it
  int gpu_;             // its number, -1 for none
  Owned<OrtEnv> env_{nullptr, api().ReleaseEnv};
  Owned<OrtMemoryInfo> memory_{nullptr, api().ReleaseMemoryInfo};
  Owned<OrtSession> session_{nullptr, api().ReleaseSession};
};

}  // namespace

std::unique_ptr<const Backend> make_onnxruntime(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config) {
  return std::make_unique<OnnxRuntime>(model, path, manifest, config);
}

}  // namespace pyjetsim
