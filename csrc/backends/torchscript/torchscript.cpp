// Models in libtorch.

#include "pyjetsim/torchscript.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "pyjetsim/error.h"
// Not torch/script.h, which takes three times as long to compile.
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <locale>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "backends/torchscript/library.h"
#include "bundle/manifest.h"
#include "pyjetsim/export.h"

// Of libtorch since 2.10: major, minor and patch in its three highest bytes.
extern "C" __attribute__((weak)) std::uint64_t aoti_torch_abi_version();

namespace pyjetsim {
namespace {

struct Version {
  std::uint64_t major, minor, patch;
  // Patches do not change the interface.
  bool fits(const Version& other) const { return major == other.major && minor == other.minor; }
};

constexpr Version kCompiled{TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH};

bool has_version() { return aoti_torch_abi_version != nullptr; }

Version loaded() {
  const std::uint64_t packed = aoti_torch_abi_version();
  return {packed >> 56, packed >> 48 & 0xff, packed >> 40 & 0xff};
}

// libtorch before 2.10 has no function that gives its version.
bool fits() {
  if (has_version()) return loaded().fits(kCompiled);
  return kCompiled.major < 2 || (kCompiled.major == 2 && kCompiled.minor < 10);
}

std::string text(const Version& version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' + std::to_string(version.patch);
}

// Name, version and file of the libtorch that is there: for messages and provenance.
std::string libtorch() {
  std::string name = "libtorch";
  if (has_version()) name += ' ' + text(loaded());
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<void*>(&at::get_num_threads), &info) != 0 && info.dli_fname != nullptr;
  return known ? name + " (" + info.dli_fname + ")" : name;
}

// Throws Error where its version is another than this was compiled against: outside its stable part, libtorch's
// interface changes from one to the next and a call would be misunderstood.
void check_libtorch() {
  if (fits()) return;
  throw Error(libtorch() + " is there, and the backend torchscript was compiled with " + text(kCompiled),
              "calls would be misunderstood",
              "install torch " + std::to_string(kCompiled.major) + '.' + std::to_string(kCompiled.minor) +
                  ", or compile pyjetsim where yours is installed");
}

// torch keeps the number for each calling thread. It is ours for the life of this object, and the caller's afterwards.
class ThreadCount {
 public:
  explicit ThreadCount(int wanted) : before_(at::get_num_threads()), changed_(wanted != before_) {
    if (changed_) at::set_num_threads(wanted);
  }
  ~ThreadCount() {
    if (changed_) at::set_num_threads(before_);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
  bool changed_;
};

// The interpreter reports a trace of the archive's code first and what went wrong in the end.
std::string last_line(std::string text) {
  const auto end = text.find_last_not_of("\r\n ");
  text.resize(end == std::string::npos ? 0 : end + 1);
  const auto start = text.find_last_of("\r\n");
  return start == std::string::npos ? text : text.substr(start + 1);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

// Whatever torch throws inside `body` becomes an Error that says `what`.
template <typename Body>
auto translated(const std::string& what, const char* why, const char* todo, Body&& body) {
  std::string problem;
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    problem = first_line(error.what_without_backtrace());
  } catch (const std::exception& error) {
    problem = last_line(error.what());
  }
  throw Error(what + ": " + problem, why, todo);
}

torch::jit::Method load_forward(const std::string& model, const std::string& path) {
  return translated(path + " is no model that " + libtorch() + " runs",
                    "the archive is damaged or needs an operator this version does not have",
                    "export the model again, or use a newer libtorch", [&] {
                      std::istringstream stream(model);
                      auto module = torch::jit::load(stream, at::kCPU, /*load_debug_files=*/false);
                      return module.get_method("forward");
                    });
}

c10::ScalarType type_of(ElementType type) {
  switch (type) {
    case ElementType::kInt32:
      return c10::ScalarType::Int;
    case ElementType::kInt64:
      return c10::ScalarType::Long;
    default:
      return c10::ScalarType::Float;
  }
}

std::vector<std::int64_t> shape_of(const TensorInfo& info, std::size_t rows) {
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(rows)};
  for (const std::size_t length : info.shape) shape.push_back(static_cast<std::int64_t>(length));
  return shape;
}

// from_blob takes no const; the graph of an exported model does not write into its inputs.
at::Tensor view(const InputTensor& tensor, std::size_t rows) {
  return at::from_blob(const_cast<void*>(tensor.data), shape_of(*tensor.info, rows),
                       at::TensorOptions().dtype(type_of(tensor.info->type)));
}

std::string shape_of(const c10::IValue& value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  if (value.isTensor()) {
    text << value.toTensor().scalar_type() << ' ' << value.toTensor().sizes();
  } else {
    text << value.tagKind();
  }
  return text.str();
}

// As the manifest says it: "Float (batch, 40, 3)".
std::string described(const TensorInfo& info) {
  std::string sizes = "batch";
  for (const std::size_t length : info.shape) sizes += ", " + std::to_string(length);
  return std::string(c10::toString(type_of(info.type))) + " (" + sizes + ")";
}

class Torchscript final : public Backend {
 public:
  Torchscript(const std::string& model, const std::string& path, const Manifest& manifest)
      : path_(path), outputs_(manifest.outputs), forward_(load_forward(model, path)) {
    const std::size_t takes = forward_.num_inputs() - 1;  // one is the module itself
    const std::size_t says = manifest.inputs.size();
    if (takes != says) do_not_fit("takes " + std::to_string(takes) + " tensors", std::to_string(says));
  }

  void run(std::size_t rows, Span<const InputTensor> inputs, Span<const OutputTensor> outputs) const override {
    const ThreadCount one(1);
    const c10::InferenceMode no_gradients;
    translated(path_, "libtorch could not run it", "export the model again, or use another libtorch", [&] {
      std::vector<c10::IValue> given;
      given.reserve(inputs.size());
      for (const InputTensor& each : inputs) given.emplace_back(view(each, rows));
      const c10::IValue found = forward_(std::move(given));
      if (outputs.size() == 1) {
        copy(found, outputs[0], rows);
        return;
      }
      if (!found.isTuple() || found.toTupleRef().elements().size() != outputs.size()) {
        std::string all;
        for (const TensorInfo& each : outputs_) all += (all.empty() ? "" : " and ") + described(each);
        do_not_fit("gives " + shape_of(found), all);
      }
      for (std::size_t i = 0; i < outputs.size(); ++i) copy(found.toTupleRef().elements()[i], outputs[i], rows);
    });
  }

  std::string description() const override { return libtorch(); }

 private:
  void copy(const c10::IValue& found, const OutputTensor& output, std::size_t rows) const {
    const std::vector<std::int64_t> shape = shape_of(*output.info, rows);
    if (!found.isTensor() || !found.toTensor().is_cpu() ||
        found.toTensor().scalar_type() != type_of(output.info->type) ||
        found.toTensor().sizes() != at::IntArrayRef(shape)) {
      do_not_fit("gives " + shape_of(found), described(*output.info));
    }
    const at::Tensor numbers = found.toTensor().contiguous();
    std::memcpy(output.data, numbers.const_data_ptr(), numbers.nbytes());
  }

  [[noreturn]] void do_not_fit(const std::string& model, const std::string& manifest) const {
    throw Error(path_ + " " + model + ", the manifest says " + manifest,
                "the model and its manifest do not belong together", "export the model again");
  }

  std::string path_;
  std::vector<TensorInfo> outputs_;
  torch::jit::Method forward_;
};

std::unique_ptr<const Backend> make(const std::string& model, const std::string& path, const Manifest& manifest,
                                    const Backend::Config&) {
  check_libtorch();
  return std::make_unique<const Torchscript>(model, path, manifest);
}

std::unique_ptr<const Backend> make_linked(const std::string& model, const std::string& path, const Manifest& manifest,
                                           const Backend::Config& config) {
  if (!config.library.empty()) {
    throw Error("library is " + config.library + " with the backend torchscript", "this program has linked another",
                "leave library empty, or drop the call of enable_torchscript()");
  }
  return make(model, path, manifest, config);
}

}  // namespace

void enable_torchscript() { register_backend("torchscript", "model.pt", make_linked); }

}  // namespace pyjetsim

extern "C" PYJETSIM_EXPORT const pyjetsim::TorchscriptEntry* pyjetsim_torchscript_entry() noexcept {
  static const pyjetsim::TorchscriptEntry entry{PYJETSIM_VERSION, pyjetsim::make};
  return &entry;
}
