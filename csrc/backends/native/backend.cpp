// Models written out in C++: the same bits in batches of any size, on any number of threads, and whatever the
// instructions of the processor are.
#include "backends/backend.h"

#include <cstdint>

#include "backends/native/cells/read.h"
#include "backends/native/cells/work.h"
#include "backends/native/file.h"
#include "backends/native/variables/model.h"
#include "backends/native/variables/read.h"
#include "bundle/manifest.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/paths.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace native {

int64_t memory_for(const Cells& model) {
  Room room(nullptr);
  lay_out(model, model.max_constituents, room);
  return room.used();
}

int64_t memory_for(const Variables& model) {
  VariablesWork work;
  return VariablesWork::lay_out(model, nullptr, work);
}

namespace {

SimulateJet path_named(const std::string& name) {
#if defined(__x86_64__)
  if (name == "avx512") return avx512_cells;
  if (name == "avx2") return avx2_cells;
#endif
  (void)name;
  return portable_cells;
}

class NativeCells final : public Backend {
 public:
  NativeCells(const File& file, const Manifest& manifest) : model_(read_cells(file)), memory_(memory_for(*model_)) {
    const auto rows = static_cast<std::size_t>(model_->max_constituents);
    int extras = 0;
    for (const int size : model_->extras) extras += size;
    const std::size_t noise = kJetNoise + rows * kTokenNoise + static_cast<std::size_t>(extras) * kExtraNoise;
    if (manifest.task != kConstituentsTask || !manifest.takes_pids() || !manifest.gives_pids() ||
        manifest.max_constituents != rows || manifest.max_output_constituents != rows || manifest.noise_size != noise) {
      damaged(file.path, "it is for other tensors than manifest.json says");
    }
  }

  void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const override {
    const SimulateJet simulate = path_named(current_cpu_path().name);
    void* const memory = thread_scratch(static_cast<std::size_t>(memory_));
    for (std::size_t row = 0; row < rows; ++row) {
      const auto given = [&](std::size_t i) {
        return static_cast<const char*>(inputs[i].data) + 4 * row * inputs[i].info->row_size();
      };
      const auto answer = [&](std::size_t i) {
        return static_cast<char*>(outputs[i].data) + 4 * row * outputs[i].info->row_size();
      };
      const JetTensors jet = {reinterpret_cast<const float*>(given(0)), reinterpret_cast<const float*>(given(1)),
                              reinterpret_cast<const std::int32_t*>(given(2)), reinterpret_cast<float*>(answer(0)),
                              reinterpret_cast<std::int32_t*>(answer(1))};
      simulate(*model_, jet, memory);
    }
  }

  std::size_t rows_at_once() const override { return 16; }

  std::string description() const override {
    return std::string("pyjetsim " PYJETSIM_VERSION " (native, ") + current_cpu_path().name + ")";
  }

 private:
  std::shared_ptr<const Cells> model_;
  std::int64_t memory_;
};

SimulateVariables variables_path_named(const std::string& name) {
#if defined(__x86_64__)
  if (name == "avx512") return avx512_variables;
  if (name == "avx2") return avx2_variables;
#endif
  (void)name;
  return portable_variables;
}

class NativeVariables final : public Backend {
 public:
  NativeVariables(const File& file, const Manifest& manifest)
      : model_(read_variables(file)), memory_(memory_for(*model_)) {
    const auto conditions = static_cast<std::size_t>(model_->n_conditions);
    const auto targets = static_cast<std::size_t>(model_->n_targets);
    const auto drawn = static_cast<std::size_t>(1 + model_->n_heads + model_->n_numbers);
    const auto fits = [](const TensorInfo& tensor, ElementType type, std::size_t size, bool noise) {
      return tensor.type == type && tensor.row_size() == size && tensor.is_noise == noise;
    };
    const std::vector<TensorInfo>&in = manifest.inputs, &out = manifest.outputs;
    if (in.size() != 2 || out.size() != 2 || !fits(in[0], ElementType::kFloat32, conditions, false) ||
        !fits(in[1], ElementType::kFloat32, drawn, true) || !fits(out[0], ElementType::kInt32, 1, false) ||
        !fits(out[1], ElementType::kFloat32, targets, false)) {
      damaged(file.path, "it is for other tensors than manifest.json says");
    }
  }

  void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const override {
    const SimulateVariables simulate = variables_path_named(current_cpu_path().name);
    void* const memory = thread_scratch(static_cast<std::size_t>(memory_));
    for (std::size_t row = 0; row < rows; row += kRowsAtOnce) {
      const std::size_t count = rows - row < kRowsAtOnce ? rows - row : kRowsAtOnce;
      const VariableTensors tensors = {static_cast<const float*>(inputs[0].data) + row * inputs[0].info->row_size(),
                                       static_cast<const float*>(inputs[1].data) + row * inputs[1].info->row_size(),
                                       static_cast<std::int32_t*>(outputs[0].data) + row,
                                       static_cast<float*>(outputs[1].data) + row * outputs[1].info->row_size()};
      simulate(*model_, static_cast<int>(count), tensors, memory);
    }
  }

  std::size_t rows_at_once() const override { return kRowsAtOnce; }

  std::string description() const override {
    return std::string("pyjetsim " PYJETSIM_VERSION " (native, ") + current_cpu_path().name + ")";
  }

 private:
  std::shared_ptr<const Variables> model_;
  std::int64_t memory_;
};

}  // namespace
}  // namespace native

std::unique_ptr<const Backend> make_native(const std::string& model, const std::string& path, const Manifest& manifest,
                                           const Backend::Config& config) {
  if (config.device != "cpu") {
    throw Error("the backend 'native' runs on the CPU, and device '" + config.device + "' was asked for",
                "nothing is run elsewhere than it was asked to", "use the backend 'onnxruntime', or the device cpu");
  }
  const native::File file = native::read_file(model, path);
  if (file.model == "variables_flow") return std::make_unique<native::NativeVariables>(file, manifest);
  if (file.model != "cells") {
    throw Error(path + " is a model that this pyjetsim does not know", "the backend native calculates those it knows",
                "use the pyjetsim that wrote it, or the backend onnxruntime");
  }
  return std::make_unique<native::NativeCells>(file, manifest);
}

}  // namespace pyjetsim
