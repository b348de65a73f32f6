// A bundle of any task, run inside a C++ program: named tensors in, named tensors out, with keyed noise.
//
//   const auto graph = pyjetsim::Graph::load("bundle");
//   pyjetsim::GraphOutputs answer;                         // kept between calls: its memory is reused
//   graph.run(rows, {{"gen", gen}}, ids, seed, answer);    // `gen`: std::vector<float>, row after row
//   const pyjetsim::Span<const float> reco = answer.floats("reco");
//
// Bundles of the task "constituents" are better run by JetSimulator, which sorts, pads, cuts and checks domains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pyjetsim/export.h"
#include "pyjetsim/noise.h"
#include "pyjetsim/simulator.h"
#include "pyjetsim/span.h"

namespace pyjetsim {

enum class ElementType { kFloat32, kInt32, kInt64 };

// What a graph takes or gives under one name, as the bundle's manifest says.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kFloat32;
  std::vector<std::size_t> shape;  // of one row: without the batch, which is the first dimension
  std::string unit;                // such as "GeV"
  bool is_noise = false;           // an input that Graph fills; all others are conditions, which the caller gives

  // Numbers in one row.
  std::size_t row_size() const {
    std::size_t size = 1;
    for (const std::size_t length : shape) size *= length;
    return size;
  }
};

// Numbers that a caller gives for an input, row-major, all rows one after the other. Does not own them.
struct TensorView {
  std::string name;
  ElementType type;
  const void* data;
  std::size_t size;  // numbers, of all rows

  TensorView(std::string of, Span<const float> numbers)
      : name(std::move(of)), type(ElementType::kFloat32), data(numbers.data()), size(numbers.size()) {}
  TensorView(std::string of, Span<const std::int32_t> numbers)
      : name(std::move(of)), type(ElementType::kInt32), data(numbers.data()), size(numbers.size()) {}
  TensorView(std::string of, Span<const std::int64_t> numbers)
      : name(std::move(of)), type(ElementType::kInt64), data(numbers.data()), size(numbers.size()) {}
};

// What a run wrote, one tensor for each output of the manifest, in its order. Every call refills it, and allocates only
// where it must grow.
class PYJETSIM_EXPORT GraphOutputs {
 public:
  GraphOutputs() noexcept;
  ~GraphOutputs();
  GraphOutputs(GraphOutputs&&) noexcept;
  GraphOutputs& operator=(GraphOutputs&&) noexcept;

  std::size_t rows() const { return rows_; }
  // The numbers of an output, row-major: (rows, the shape of a row). Each throws Error where there is no output of that
  // name, or where it holds numbers of another type. Empty before the first run.
  Span<const float> floats(const std::string& name) const;
  Span<const std::int32_t> int32s(const std::string& name) const;
  Span<const std::int64_t> int64s(const std::string& name) const;

 private:
  friend class Graph;
  struct Tensor;
  const Tensor& find(const std::string& name, ElementType type) const;

  std::size_t rows_ = 0;
  std::vector<Tensor> tensors_;
};

// Safe to use from any number of threads at once, each with a GraphOutputs of its own.
class PYJETSIM_EXPORT Graph {
 public:
  // Reads a bundle, checks every file against its SHA-256, and replays its golden rows. Throws Error. `bundle`: as for
  // JetSimulator::load; options.seed is not looked at, for every call gives its own.
  static Graph load(const std::string& bundle, const SimulatorOptions& options = {});

  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;

  // What the model answers, such as "constituents".
  const std::string& task() const;
  // In the order of the manifest.
  const std::vector<TensorInfo>& inputs() const;
  const std::vector<TensorInfo>& outputs() const;

  const std::string& manifest_json() const;
  std::string backend() const;  // which runs it, in which version

  // Runs `rows` rows. `conditions`: every input but the noise, by its name, in any order. Row i draws the noise of
  // (seed, ids[i]) as jet_noise gives it; a row's answer does not depend on the rows beside it, nor on the number of
  // threads. `ids`: one a row; may be empty for a graph without noise.
  //
  // Throws Error for a name that is missing, unknown or given twice, for another type or size than the manifest says,
  // for conditions that are not finite, and for answers that are not; `output` is empty then.
  void run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
           GraphOutputs& output) const;

  // The same. The calling thread calls `between` before each of its blocks of rows but the first; what that throws ends
  // the run.
  void run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
           GraphOutputs& output, const std::function<void()>& between) const;

 private:
  struct Model;
  explicit Graph(std::unique_ptr<const Model> model);

  std::unique_ptr<const Model> model_;
};

}  // namespace pyjetsim
