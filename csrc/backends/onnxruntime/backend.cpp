#include "backends/backend.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "backends/onnxruntime/library.h"
#include "backends/onnxruntime/session.h"
#include "bundle/manifest.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

using onnxruntime::Owned;
using onnxruntime::problem_of;

// Enough to fill a GPU, at some megabytes a row.
constexpr std::size_t kRowsOnGpu = 512;

// New versions of ONNX Runtime write an identifier of the machine and a database below ~/.cache when an environment is
// made; the interface stops only what would come after that, and this variable all of it. It is set once and stays: the
// less often the environment changes beside threads that may read it, the better.
void turn_telemetry_off() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/1); });
}

// Tensors of one call.
class Values {
 public:
  explicit Values(const OrtApi& api) : api_(api) {}
  ~Values() {
    for (std::size_t i = 0; i < count_; ++i) api_.ReleaseValue(all_[i]);
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  void add(OrtValue* value) { all_[count_++] = value; }
  OrtValue** all() { return all_.data(); }

 private:
  const OrtApi& api_;
  std::array<OrtValue*, kMostTensors> all_;
  std::size_t count_ = 0;
};

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
    for (const TensorInfo& each : manifest_.inputs) input_names_.push_back(each.name.c_str());
    for (const TensorInfo& each : manifest_.outputs) output_names_.push_back(each.name.c_str());
    session_ = open(model, path);
    onnxruntime::check_tensors(api(), *session_, manifest_, path);
  }

  void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const override {
    Values given(api()), answers(api());
    // Inputs are not written to; the interface has no way of saying so.
    for (const InputTensor& each : inputs) given.add(tensor(*each.info, rows, const_cast<void*>(each.data)));
    // So that it writes where the caller wants it.
    for (const OutputTensor& each : outputs) answers.add(tensor(*each.info, rows, each.data));
    check_running(api().Run(session_.get(), nullptr, input_names_.data(), given.all(), input_names_.size(),
                            output_names_.data(), output_names_.size(), answers.all()));
  }

  std::size_t rows_at_once() const override { return gpu_ < 0 ? Backend::rows_at_once() : kRowsOnGpu; }

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

  OrtValue* tensor(const TensorInfo& info, std::size_t rows, void* numbers) const {
    std::array<std::int64_t, 1 + kMostDimensions> shape;
    shape[0] = static_cast<std::int64_t>(rows);
    for (std::size_t i = 0; i < info.shape.size(); ++i) shape[1 + i] = static_cast<std::int64_t>(info.shape[i]);
    const std::size_t bytes = rows * info.row_size() * onnxruntime::size_of(info.type);
    OrtValue* value = nullptr;
    check_running(api().CreateTensorWithDataAsOrtValue(memory_.get(), numbers, bytes, shape.data(),
                                                       1 + info.shape.size(), onnxruntime::type_of(info.type), &value));
    return value;
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
  std::vector<const char*> input_names_, output_names_;
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
