#include "pyjetsim/graph.h"

#include <array>

#include "pyjetsim/error.h"
#include "simulator/model.h"

namespace pyjetsim {
namespace {

const char* name_of(ElementType type) {
  return type == ElementType::kFloat32 ? "float32" : type == ElementType::kInt32 ? "int32" : "int64";
}

std::string names_of(const std::vector<TensorInfo>& tensors) {
  std::string names;
  for (const TensorInfo& each : tensors) {
    if (!each.is_noise) names += (names.empty() ? "" : ", ") + each.name;
  }
  return names.empty() ? "none" : names;
}

std::string shape_of(const TensorInfo& info, std::size_t rows) {
  std::string shape = std::to_string(rows);
  for (const std::size_t length : info.shape) shape += ", " + std::to_string(length);
  return "(" + shape + ")";
}

std::size_t row_of_not_finite(const float* numbers, std::size_t row_size) {
  std::size_t row = 0;
  while (all_finite({numbers + row * row_size, row_size})) ++row;
  return row;
}

}  // namespace

struct GraphOutputs::Tensor {
  TensorInfo info;
  TensorNumbers numbers;
};

GraphOutputs::GraphOutputs() noexcept = default;
GraphOutputs::~GraphOutputs() = default;
GraphOutputs::GraphOutputs(GraphOutputs&&) noexcept = default;
GraphOutputs& GraphOutputs::operator=(GraphOutputs&&) noexcept = default;

const GraphOutputs::Tensor& GraphOutputs::find(const std::string& name, ElementType type) const {
  std::string names;
  for (const Tensor& each : tensors_) {
    if (each.info.name == name) {
      if (each.info.type == type) return each;
      throw Error("output '" + name + "' is " + name_of(each.info.type) + ", and " + name_of(type) + " was asked for",
                  "its numbers would be misread", "ask for it as what it is");
    }
    names += (names.empty() ? "" : ", ") + each.info.name;
  }
  throw Error("there is no output '" + name + "'", "the graph gives " + (names.empty() ? "nothing yet" : names),
              names.empty() ? "run it first" : "use one of these names");
}

Span<const float> GraphOutputs::floats(const std::string& name) const {
  return find(name, ElementType::kFloat32).numbers.floats;
}
Span<const std::int32_t> GraphOutputs::int32s(const std::string& name) const {
  return find(name, ElementType::kInt32).numbers.int32s;
}
Span<const std::int64_t> GraphOutputs::int64s(const std::string& name) const {
  return find(name, ElementType::kInt64).numbers.int64s;
}

struct Graph::Model : LoadedModel {};

Graph::Graph(std::unique_ptr<const Model> model) : model_(std::move(model)) {}
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

Graph Graph::load(const std::string& bundle, const SimulatorOptions& options) {
  return Graph(std::make_unique<Model>(Model{load_model(read_bundle(bundle), options)}));
}

const std::string& Graph::task() const { return model_->manifest.task; }
const std::vector<TensorInfo>& Graph::inputs() const { return model_->manifest.inputs; }
const std::vector<TensorInfo>& Graph::outputs() const { return model_->manifest.outputs; }
const std::string& Graph::manifest_json() const { return model_->manifest.json; }
std::string Graph::backend() const { return model_->backend->description(); }

namespace {

// The numbers of every input, in the manifest's order; null for noise. Throws Error.
std::array<const void*, kMostTensors> find_inputs(const std::vector<TensorInfo>& inputs, std::size_t rows,
                                                  const std::vector<TensorView>& conditions) {
  std::array<const void*, kMostTensors> found = {};
  std::array<bool, kMostTensors> given = {};
  for (const TensorView& view : conditions) {
    std::size_t i = 0;
    while (i < inputs.size() && (inputs[i].name != view.name || inputs[i].is_noise)) ++i;
    if (i == inputs.size()) {
      throw Error("there is no condition '" + view.name + "'", "the graph would not look at it",
                  "give the conditions of its manifest: " + names_of(inputs));
    }
    const TensorInfo& info = inputs[i];
    if (given[i]) {
      throw Error("condition '" + view.name + "' is given twice", "either could be meant", "give each once");
    }
    if (view.type != info.type) {
      throw Error("condition '" + view.name + "' is " + name_of(view.type),
                  "the graph takes it as " + std::string(name_of(info.type)), "convert its numbers");
    }
    if (view.size != rows * info.row_size()) {
      throw Error("condition '" + view.name + "' has " + std::to_string(view.size) + " numbers, not " +
                      std::to_string(rows * info.row_size()),
                  "its shape is " + shape_of(info, rows), "give every row all of its numbers");
    }
    if (info.type == ElementType::kFloat32 && view.size > 0) {
      const auto* numbers = static_cast<const float*>(view.data);
      if (!all_finite({numbers, view.size})) {
        throw Error("condition '" + view.name + "' of row " +
                        std::to_string(row_of_not_finite(numbers, info.row_size())) + " is not finite",
                    "its answer would mean nothing", "drop the row, or find out where it comes from");
      }
    }
    given[i] = true;
    found[i] = view.data;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!given[i] && !inputs[i].is_noise) {
      throw Error("condition '" + inputs[i].name + "' is missing", "the graph needs " + names_of(inputs), "give it");
    }
  }
  return found;
}

const char* at(const void* data, const TensorInfo& info, std::size_t row) {
  const std::size_t bytes = info.type == ElementType::kInt64 ? 8 : 4;
  return static_cast<const char*>(data) + row * info.row_size() * bytes;
}

}  // namespace

void Graph::run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
                GraphOutputs& output) const {
  run(rows, conditions, ids, seed, output, {});
}

void Graph::run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
                GraphOutputs& output, const std::function<void()>& between) const {
  const std::vector<TensorInfo>&inputs = model_->manifest.inputs, &outputs = model_->manifest.outputs;
  output.rows_ = 0;
  output.tensors_.resize(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (output.tensors_[i].info.name != outputs[i].name || output.tensors_[i].info.type != outputs[i].type) {
      output.tensors_[i].info = outputs[i];
    }
    output.tensors_[i].numbers.resize(outputs[i].type, 0);
  }
  const std::array<const void*, kMostTensors> given = find_inputs(inputs, rows, conditions);
  std::size_t noise_at = 0;
  while (noise_at < inputs.size() && !inputs[noise_at].is_noise) ++noise_at;
  const bool has_noise = noise_at < inputs.size();
  if (ids.size() != rows && (has_noise || !ids.empty())) {
    throw Error("there are " + std::to_string(ids.size()) + " ids for " + std::to_string(rows) + " rows",
                "each row's noise is keyed by its own", "give one id a row");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    output.tensors_[i].numbers.resize(outputs[i].type, rows * outputs[i].row_size());
  }

  const std::size_t noise_size = has_noise ? inputs[noise_at].row_size() : 0;
  std::vector<std::vector<float>> noise(std::min(model_->threads, (rows + model_->block - 1) / model_->block));
  const auto run_block = [&](std::size_t block, std::size_t worker) {
    const std::size_t first = block * model_->block, count = std::min(model_->block, rows - first);
    std::array<InputTensor, kMostTensors> block_inputs;
    std::array<OutputTensor, kMostTensors> block_outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      block_inputs[i] = {&inputs[i], given[i] == nullptr ? nullptr : at(given[i], inputs[i], first)};
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      void* const all = output.tensors_[i].numbers.data(outputs[i].type);
      block_outputs[i] = {&outputs[i], const_cast<char*>(at(all, outputs[i], first))};
    }
    if (has_noise) {
      noise[worker].resize(count * noise_size);
      for (std::size_t row = 0; row < count; ++row) {
        jet_noise(seed, ids[first + row], noise_size, inputs[noise_at].of_event,
                  noise[worker].data() + row * noise_size);
      }
      block_inputs[noise_at].data = noise[worker].data();
    }
    model_->backend->run(count, {block_inputs.data(), inputs.size()}, {block_outputs.data(), outputs.size()});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].type != ElementType::kFloat32) continue;
      const std::size_t size = outputs[i].row_size();
      const auto* numbers = static_cast<const float*>(block_outputs[i].data);
      if (all_finite({numbers, count * size})) continue;
      throw Error("output '" + outputs[i].name + "' of row " +
                      std::to_string(first + row_of_not_finite(numbers, size)) + " is not finite",
                  "its conditions are far outside the model's domain", "drop the row, or find out where it comes from");
    }
  };
  try {
    run_blocks(*model_, rows, between ? &between : nullptr, run_block);
  } catch (...) {
    for (GraphOutputs::Tensor& each : output.tensors_) each.numbers.resize(each.info.type, 0);
    throw;
  }
  output.rows_ = rows;
}

}  // namespace pyjetsim
