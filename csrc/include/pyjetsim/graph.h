/// \file
/// A bundle of any task inside a C++ program: named tensors in, named tensors out, with reproducible noise.
///
///     const auto graph = pyjetsim::Graph::load("bundle");
///     pyjetsim::GraphOutputs answer;                         // kept between calls: its memory is reused
///     graph.run(rows, {{"gen", gen}}, ids, seed, answer);    // `gen`: std::vector<float>, row after row
///     const pyjetsim::Span<const float> reco = answer.floats("reco");
///
/// For bundles of the task "constituents" use JetSimulator, which sorts, pads, cuts and checks the domain.
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

/// Type of the numbers of a tensor.
enum class ElementType { kFloat32, kInt32, kInt64 };

/// An input or an output of a graph, from the bundle's manifest.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kFloat32;
  std::vector<std::size_t> shape;  ///< Of one row, without the batch dimension.
  std::string unit;                ///< Such as "GeV".
  bool is_noise = false;           ///< True for the input that Graph fills; the caller gives all others.
  std::size_t of_event = 0;        ///< How many of the noise's first numbers all rows of one event share.

  /// Numbers in one row.
  std::size_t row_size() const {
    std::size_t size = 1;
    for (const std::size_t length : shape) size *= length;
    return size;
  }
};

/// An input that the caller gives: (rows, the shape of a row), row-major. Does not own the numbers.
struct TensorView {
  std::string name;
  ElementType type;
  const void* data;
  std::size_t size;  ///< How many numbers, of all rows.

  TensorView(std::string of, Span<const float> numbers)
      : name(std::move(of)), type(ElementType::kFloat32), data(numbers.data()), size(numbers.size()) {}
  TensorView(std::string of, Span<const std::int32_t> numbers)
      : name(std::move(of)), type(ElementType::kInt32), data(numbers.data()), size(numbers.size()) {}
  TensorView(std::string of, Span<const std::int64_t> numbers)
      : name(std::move(of)), type(ElementType::kInt64), data(numbers.data()), size(numbers.size()) {}
};

/// The outputs of a run. Every run overwrites them, and allocates memory only where they grow. Empty before the first.
class PYJETSIM_EXPORT GraphOutputs {
 public:
  GraphOutputs() noexcept;
  ~GraphOutputs();
  GraphOutputs(GraphOutputs&&) noexcept;
  GraphOutputs& operator=(GraphOutputs&&) noexcept;

  std::size_t rows() const { return rows_; }
  /// \name Numbers of an output
  /// (rows, the shape of a row), row-major.
  /// \throws Error where there is no output of that name, or its numbers are of another type.
  /// \{
  Span<const float> floats(const std::string& name) const;
  Span<const std::int32_t> int32s(const std::string& name) const;
  Span<const std::int64_t> int64s(const std::string& name) const;
  /// \}

 private:
  friend class Graph;
  struct Tensor;
  const Tensor& find(const std::string& name, ElementType type) const;

  std::size_t rows_ = 0;
  std::vector<Tensor> tensors_;
};

/// A loaded bundle. May be used from any number of threads at once, each with a GraphOutputs of its own.
class PYJETSIM_EXPORT Graph {
 public:
  /// Reads a bundle, checks every file against its SHA-256, and replays its golden rows.
  ///
  /// \param bundle   As in JetSimulator::load.
  /// \param options  As in JetSimulator::load, without the seed: every run gives its own.
  /// \throws Error as JetSimulator::load does.
  static Graph load(const std::string& bundle, const SimulatorOptions& options = {});

  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;

  /// The task, such as "constituents".
  const std::string& task() const;
  /// Inputs and outputs in the order of the manifest.
  const std::vector<TensorInfo>& inputs() const;
  const std::vector<TensorInfo>& outputs() const;

  /// The text of manifest.json.
  const std::string& manifest_json() const;
  /// The library that runs the model, with its version.
  std::string backend() const;

  /// Runs the model. The noise of a row does not depend on the other rows, and no result on the number of threads; with
  /// ONNX Runtime and libtorch the last bits of a row may depend on how many rows there are.
  ///
  /// \param rows        How many rows.
  /// \param conditions  Every input but the noise, in any order.
  /// \param ids         (rows,): row i has the noise of (seed, ids[i]), see jet_noise. May be empty without a noise
  /// input.
  /// \param seed        Of the noise.
  /// \param output      Overwritten.
  /// \throws Error for an input that is missing, unknown or given twice, of another type or size than the manifest
  /// says,
  ///         or not finite, and for outputs that are not finite. `output` is empty then.
  void run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
           GraphOutputs& output) const;

  /// The same, with a function that the calling thread calls between its blocks of rows. If it throws, the run ends.
  void run(std::size_t rows, const std::vector<TensorView>& conditions, Span<const JetId> ids, std::uint64_t seed,
           GraphOutputs& output, const std::function<void()>& between) const;

 private:
  struct Model;
  explicit Graph(std::unique_ptr<const Model> model);

  std::unique_ptr<const Model> model_;
};

}  // namespace pyjetsim
