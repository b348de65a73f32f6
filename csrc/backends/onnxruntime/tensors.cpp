#include <cstdint>
#include <set>
#include <vector>

#include "backends/onnxruntime/library.h"
#include "backends/onnxruntime/session.h"
#include "pyjetsim/error.h"

namespace pyjetsim::onnxruntime {
namespace {

// Each as "name tensor(float) (batch, 50, 3)".
using Tensors = std::set<std::string>;

std::string listing(const Tensors& tensors) {
  std::string all;
  for (const std::string& tensor : tensors) all += (all.empty() ? "" : ", ") + tensor;
  return all;
}

std::string shape(const std::vector<std::int64_t>& dimensions) {
  std::string text;
  for (const std::int64_t size : dimensions) {
    // ONNX has no fixed word for the batch: all that is no number is taken for it.
    text += (text.empty() ? "" : ", ") + (size < 0 ? "batch" : std::to_string(size));
  }
  return "(" + text + ")";
}

std::string type_name(ONNXTensorElementDataType type) {
  // As ONNX numbers them.
  static const char* const kNames[] = {"undefined", "float", "uint8",  "int8", "uint16",  "int16",
                                       "int32",     "int64", "string", "bool", "float16", "double"};
  const auto number = static_cast<std::size_t>(type);
  return number < sizeof kNames / sizeof *kNames ? kNames[number] : "type " + std::to_string(number);
}

std::string expected(const TensorInfo& info) {
  std::vector<std::int64_t> dimensions = {-1};
  for (const std::size_t size : info.shape) dimensions.push_back(static_cast<std::int64_t>(size));
  return info.name + " tensor(" + type_name(type_of(info.type)) + ") " + shape(dimensions);
}

// Asks one session. Every question can fail, and none should.
class Inquiry {
 public:
  Inquiry(const OrtApi& api, const OrtSession& session, const std::string& path)
      : api_(api), session_(session), path_(path) {
    check(api_.GetAllocatorWithDefaultOptions(&allocator_));
  }

  Tensors inputs() const {
    return all(api_.SessionGetInputCount, api_.SessionGetInputName, api_.SessionGetInputTypeInfo);
  }
  Tensors outputs() const {
    return all(api_.SessionGetOutputCount, api_.SessionGetOutputName, api_.SessionGetOutputTypeInfo);
  }

 private:
  template <typename GetCount, typename GetName, typename GetType>
  Tensors all(GetCount get_count, GetName get_name, GetType get_type) const {
    std::size_t count = 0;
    check(get_count(&session_, &count));
    Tensors tensors;
    for (std::size_t i = 0; i < count; ++i) {
      char* name = nullptr;
      check(get_name(&session_, i, allocator_, &name));
      const std::string copy = name;
      check(api_.AllocatorFree(allocator_, name));
      OrtTypeInfo* info = nullptr;
      check(get_type(&session_, i, &info));
      const Owned<OrtTypeInfo> owned(info, api_.ReleaseTypeInfo);
      tensors.insert(copy + " " + type_and_shape(*info));
    }
    return tensors;
  }

  std::string type_and_shape(const OrtTypeInfo& info) const {
    const OrtTensorTypeAndShapeInfo* tensor = nullptr;
    check(api_.CastTypeInfoToTensorInfo(&info, &tensor));
    if (tensor == nullptr) return "that is no tensor";
    ONNXTensorElementDataType type{};
    check(api_.GetTensorElementType(tensor, &type));
    std::size_t rank = 0;
    check(api_.GetDimensionsCount(tensor, &rank));
    std::vector<std::int64_t> dimensions(rank);
    check(api_.GetDimensions(tensor, dimensions.data(), rank));
    return "tensor(" + type_name(type) + ") " + shape(dimensions);
  }

  void check(OrtStatus* status) const {
    const std::string problem = problem_of(api_, status);
    if (problem.empty()) return;
    throw Error(path_ + " does not tell its inputs and outputs: " + problem, "they are compared with the manifest",
                "export the model again, or use another version of ONNX Runtime");
  }

  const OrtApi& api_;
  const OrtSession& session_;
  const std::string& path_;
  OrtAllocator* allocator_ = nullptr;  // ONNX Runtime's own
};

void compare(const std::string& what, const Tensors& found, const Tensors& said, const std::string& path) {
  if (found == said) return;
  throw Error(path + " has " + what + " " + listing(found) + ", the manifest says " + listing(said),
              "the model and its manifest do not belong together", "export the model again");
}

}  // namespace

ONNXTensorElementDataType type_of(ElementType type) {
  switch (type) {
    case ElementType::kInt32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    case ElementType::kInt64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    default:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  }
}

std::size_t size_of(ElementType type) { return type == ElementType::kInt64 ? 8 : 4; }

void check_tensors(const OrtApi& api, const OrtSession& session, const Manifest& manifest, const std::string& path) {
  const Inquiry model(api, session, path);
  Tensors inputs, outputs;
  for (const TensorInfo& each : manifest.inputs) inputs.insert(expected(each));
  for (const TensorInfo& each : manifest.outputs) outputs.insert(expected(each));
  compare("inputs", model.inputs(), inputs, path);
  compare("outputs", model.outputs(), outputs, path);
}

}  // namespace pyjetsim::onnxruntime
