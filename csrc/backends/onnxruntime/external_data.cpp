#include <cstdint>
#include <optional>

#include "backends/onnxruntime/session.h"
#include "pyjetsim/error.h"

namespace pyjetsim::onnxruntime {
namespace {

// One field of a protocol buffer: https://protobuf.dev/programming-guides/encoding.
struct Field {
  std::uint64_t number;
  std::uint64_t value;       // of a varint
  std::string_view content;  // of a string or message
};

class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}

  // Nothing at the end, and where the message is damaged.
  std::optional<Field> next() {
    const std::optional<std::uint64_t> read = varint();
    if (!read) return {};
    // Other readers keep 32 bits of it.
    const auto key = static_cast<std::uint32_t>(*read);
    Field field{key >> 3, 0, {}};
    switch (key & 7) {
      case 0: {
        const std::optional<std::uint64_t> value = varint();
        if (!value) return {};
        field.value = *value;
        return field;
      }
      case 1:
        return skip(8, field);
      case 2: {
        const std::optional<std::uint64_t> size = varint();
        if (!size) return {};
        return skip(*size, field);
      }
      case 5:
        return skip(4, field);
      case 3:
      case 4:  // the ends of an old kind of message: what is between them is read as if it stood here
        return field;
      default:
        return {};
    }
  }

 private:
  std::optional<Field> skip(std::uint64_t size, Field field) {
    if (size > rest_.size()) return {};
    field.content = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return {};
  }

  std::string_view rest_;
};

// The messages of onnx.proto that lead to tensors, and the numbers of the fields that do.
enum class Kind { kModel, kGraph, kNode, kAttribute, kFunction, kTraining, kSparseTensor, kTensor };

struct Link {
  Kind from;
  std::uint64_t field;
  Kind to;
};

constexpr Link kLinks[] = {
    {Kind::kModel, 7, Kind::kGraph},
    {Kind::kModel, 20, Kind::kTraining},
    {Kind::kModel, 25, Kind::kFunction},
    {Kind::kTraining, 1, Kind::kGraph},
    {Kind::kTraining, 2, Kind::kGraph},
    {Kind::kFunction, 7, Kind::kNode},
    {Kind::kFunction, 11, Kind::kAttribute},
    {Kind::kGraph, 1, Kind::kNode},
    {Kind::kGraph, 5, Kind::kTensor},
    {Kind::kGraph, 15, Kind::kSparseTensor},
    {Kind::kNode, 5, Kind::kAttribute},
    {Kind::kAttribute, 5, Kind::kTensor},
    {Kind::kAttribute, 6, Kind::kGraph},
    {Kind::kAttribute, 10, Kind::kTensor},
    {Kind::kAttribute, 11, Kind::kGraph},
    {Kind::kAttribute, 22, Kind::kSparseTensor},
    {Kind::kAttribute, 23, Kind::kSparseTensor},
    {Kind::kSparseTensor, 1, Kind::kTensor},
    {Kind::kSparseTensor, 2, Kind::kTensor},
};

constexpr std::uint64_t kTensorExternalData = 13, kTensorDataLocation = 14, kExternal = 1;
constexpr int kDeepest = 100;  // as deep as protocol buffers are read elsewhere

bool has_external_data(Kind kind, std::string_view message, int depth) {
  if (depth > kDeepest) return false;
  Reader reader(message);
  while (const std::optional<Field> field = reader.next()) {
    if (kind == Kind::kTensor &&
        (field->number == kTensorExternalData ||
         (field->number == kTensorDataLocation && static_cast<std::uint32_t>(field->value) == kExternal))) {
      return true;
    }
    for (const Link& link : kLinks) {
      if (link.from == kind && link.field == field->number && has_external_data(link.to, field->content, depth + 1)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void refuse_external_data(std::string_view model, const std::string& path) {
  if (!has_external_data(Kind::kModel, model, 0)) return;
  throw Error(path + " keeps weights in other files",
              "they could lie anywhere, and nothing tells whether they are whole",
              "export the model again, with its weights inside");
}

}  // namespace pyjetsim::onnxruntime
