#include "backends/native/file.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "bundle/json.h"
#include "pyjetsim/error.h"

namespace pyjetsim::native {
namespace {

using Json = nlohmann::json;

const std::string kName = "pyjetsim.native\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAlignment = 64, kNumbersAt = 24;  // where the header begins

std::uint32_t unsigned_at(const std::string& content, std::size_t place) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(content[place + i]);
  return number;
}

float number_at(const std::string& content, std::size_t place) {
  const std::uint32_t bits = unsigned_at(content, place);
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

Json parse(const std::string& text, const std::string& path) {
  constexpr int kDeepest = 20;
  bool too_deep = false;
  const auto check = [&](int depth, Json::parse_event_t, Json&) { return !(too_deep |= depth > kDeepest); };
  Json header = Json::parse(text, check, /*allow_exceptions=*/false);
  if (too_deep || !header.is_object()) damaged(path, "its header is no readable JSON");
  return header;
}

std::vector<std::int64_t> shape_of(const Json& entry, const std::string& path, std::size_t& size) {
  constexpr std::size_t kMost = std::size_t{1} << 26;
  const Json& shape = member(entry, "shape");
  std::vector<std::int64_t> found;
  size = 1;
  if (!shape.is_array() || shape.size() > 8) damaged(path, "its header names a tensor without a shape");
  for (const Json& length : shape) {
    if (!length.is_number_unsigned() || length.get<std::uint64_t>() < 1 || length.get<std::uint64_t>() > kMost / size) {
      damaged(path, "its header names a tensor of impossible shape");
    }
    found.push_back(length.get<std::int64_t>());
    size *= length.get<std::size_t>();
  }
  return found;
}

}  // namespace

void damaged(const std::string& path, const std::string& problem) {
  throw Error(path + ": " + problem, "it was damaged or altered, or another pyjetsim wrote it",
              "export the model again, get a whole copy, or use the backend onnxruntime");
}

File read_file(const std::string& content, const std::string& path) {
  if (content.size() < kNumbersAt || content.compare(0, kName.size(), kName) != 0) {
    damaged(path, "it is no model for the native backend");
  }
  const std::uint32_t version = unsigned_at(content, kName.size());
  if (version != kVersion) {
    throw Error(path + ": version is " + std::to_string(version) + ", this pyjetsim reads " + std::to_string(kVersion),
                "its meaning may have changed",
                "use the pyjetsim that wrote it, export the model again, or use the backend onnxruntime");
  }
  const std::size_t length = unsigned_at(content, kName.size() + 4);
  if (length > content.size() - kNumbersAt) damaged(path, "it ends within its header");
  const Json header = parse(content.substr(kNumbersAt, length), path);
  File file;
  file.path = path;
  const Json &model = member(header, "model"), &settings = member(header, "settings"),
             &tensors = member(header, "tensors");
  if (!model.is_string() || !settings.is_object() || !tensors.is_array()) {
    damaged(path, "its header has no model, settings and tensors");
  }
  file.model = model.get<std::string>();
  file.settings = settings;
  std::size_t place = (kNumbersAt + length + kAlignment - 1) / kAlignment * kAlignment;
  for (const Json& entry : tensors) {
    const Json& name = member(entry, "name");
    if (!name.is_string()) damaged(path, "its header names a tensor without a name");
    std::size_t size = 0;
    Tensor tensor;
    tensor.shape = shape_of(entry, path, size);
    if (place > content.size() || size > (content.size() - place) / 4) {
      damaged(path, "it has " + std::to_string(content.size()) + " bytes, fewer than its tensors");
    }
    tensor.numbers.resize(size);
    for (float& number : tensor.numbers) {
      number = number_at(content, place);
      if (!std::isfinite(number)) damaged(path, "a number of a tensor is not finite");
      place += 4;
    }
    if (!file.tensors.emplace(name.get<std::string>(), std::move(tensor)).second) {
      damaged(path, "its header names a tensor twice");
    }
  }
  if (place != content.size()) {
    damaged(path, "it has " + std::to_string(content.size()) + " bytes, not " + std::to_string(place));
  }
  return file;
}

}  // namespace pyjetsim::native
