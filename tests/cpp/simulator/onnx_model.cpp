#include "simulator/onnx_model.h"

#include <cstring>
#include <initializer_list>
#include <vector>

namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

constexpr std::uint64_t kFloat = 1, kInt32 = 6, kInt64 = 7;

// TypeProto of a tensor; a size of 0 stands for the batch.
std::string tensor_type(std::initializer_list<std::size_t> sizes, std::uint64_t type) {
  std::string shape;
  for (const std::size_t size : sizes) {
    shape += field(1, size == 0 ? field(2, "batch") : field(1, std::uint64_t{size}));
  }
  return field(1, field(1, type) + field(2, shape));
}

std::string value(const std::string& name, std::initializer_list<std::size_t> sizes, std::uint64_t type = kFloat) {
  return field(1, name) + field(2, tensor_type(sizes, type));
}

std::string node(const std::string& operation, const std::vector<std::string>& inputs, const std::string& output) {
  std::string bytes;
  for (const std::string& input : inputs) bytes += field(1, input);
  return bytes + field(2, output) + field(4, operation);
}

template <typename T>
std::string constant(const std::string& name, std::uint64_t type, T number) {
  std::string raw(sizeof number, '\0');
  std::memcpy(raw.data(), &number, sizeof number);
  return field(1, 1) + field(2, type) + field(8, name) + field(9, raw);
}

// ModelProto: IR version 8, operator set 13.
std::string model(const std::string& graph) { return field(1, 8) + field(8, field(2, 13)) + field(7, graph); }

}  // namespace

std::string field(std::uint64_t number, const std::string& content) {
  return varint(number << 3 | 2) + varint(content.size()) + content;
}

std::string field(std::uint64_t number, std::uint64_t value) { return varint(number << 3) + varint(value); }

std::string half_and_noise_model(std::size_t constituents) {
  return model(field(1, node("Mul", {"constituents", "half"}, "halved")) +
               field(1, node("Unsqueeze", {"noise", "axis"}, "row")) +
               field(1, node("Add", {"halved", "row"}, "reco_constituents")) + field(2, "small") +
               field(5, constant("half", kFloat, 0.5f)) + field(5, constant("axis", kInt64, std::int64_t{1})) +
               field(11, value("constituents", {0, constituents, 3})) + field(11, value("noise", {0, 3})) +
               field(12, value("reco_constituents", {0, constituents, 3})));
}

std::string model_with_pids() {
  const auto number = [](const std::string& name, std::int64_t of) { return field(5, constant(name, kInt64, of)); };
  const std::string to_float = field(5, field(1, "to") + field(3, kFloat) + field(20, 2));
  return model(
      field(1, node("Mul", {"constituents", "half"}, "halved")) + field(1, node("Unsqueeze", {"noise", "one"}, "row")) +
      field(1, node("Add", {"halved", "row"}, "smeared")) + field(1, node("Cast", {"pid"}, "number") + to_float) +
      field(1, node("Mul", {"number", "small"}, "shift")) + field(1, node("Unsqueeze", {"shift", "two"}, "shifts")) +
      field(1, node("Add", {"smeared", "shifts"}, "all")) +
      field(1, node("Slice", {"all", "zero", "five", "one"}, "reco_constituents")) +
      field(1, node("Neg", {"pid"}, "anti")) + field(1, node("Slice", {"anti", "zero", "five", "one"}, "reco_pid")) +
      field(2, "small") + field(5, constant("half", kFloat, 0.5f)) + field(5, constant("small", kFloat, 1 / 1024.0f)) +
      number("zero", 0) + number("one", 1) + number("two", 2) + number("five", 5) +
      field(11, value("constituents", {0, 8, 3})) + field(11, value("noise", {0, 3})) +
      field(11, value("pid", {0, 8}, kInt32)) + field(12, value("reco_constituents", {0, 5, 3})) +
      field(12, value("reco_pid", {0, 5}, kInt32)));
}

std::string another_model() {
  return model(
      field(1, node("Mul", {"point", "half"}, "halved")) + field(1, node("Unsqueeze", {"z", "two"}, "column")) +
      field(1, node("Add", {"halved", "column"}, "answer")) + field(1, node("Add", {"count", "one"}, "next")) +
      field(2, "lines") + field(5, constant("half", kFloat, 0.5f)) +
      field(5, constant("two", kInt64, std::int64_t{2})) + field(5, constant("one", kInt64, std::int64_t{1})) +
      field(11, value("point", {0, 2, 2})) + field(11, value("z", {0, 2})) + field(11, value("count", {0, 1}, kInt64)) +
      field(12, value("answer", {0, 2, 2})) + field(12, value("next", {0, 1}, kInt64)));
}

std::string model_with_external_weights(const std::string& location) {
  const std::string entry = field(1, "location") + field(2, location);
  const std::string weights = field(1, 1) + field(2, kFloat) + field(8, "half") + field(13, entry) + field(14, 1);
  return model(field(5, weights));
}
