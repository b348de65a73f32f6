#include <gtest/gtest.h>

#include <random>

#include "backends/onnxruntime/session.h"
#include "simulator/expect_error.h"
#include "simulator/onnx_model.h"

namespace pyjetsim::onnxruntime {
namespace {

const char* const kRefused = "m.onnx keeps weights in other files";

TEST(ExternalData, WeightsInside) { EXPECT_NO_THROW(refuse_external_data(half_and_noise_model(8), "m.onnx")); }

TEST(ExternalData, WeightsElsewhere) {
  for (const char* location : {"weights.bin", "../weights.bin", "/etc/passwd"}) {
    expect_error([&] { refuse_external_data(model_with_external_weights(location), "m.onnx"); }, kRefused);
  }
}

TEST(ExternalData, WhereverATensorCanBe) {
  const std::string tensor = field(14, 1);
  const std::string of_node = field(1, field(5, field(5, tensor)));     // node, attribute, tensor
  const std::string of_branch = field(1, field(5, field(6, of_node)));  // and inside a graph
  const std::string of_list = field(1, field(5, field(10, tensor)));
  const std::string of_sparse = field(15, field(2, tensor));
  for (const std::string& graph : {field(5, tensor), of_node, of_branch, of_list, of_sparse}) {
    expect_error([&] { refuse_external_data(field(7, graph), "m.onnx"); }, kRefused);
    expect_error([&] { refuse_external_data(field(20, field(1, graph)), "m.onnx"); }, kRefused);
  }
  expect_error([&] { refuse_external_data(field(25, field(7, field(5, field(5, tensor)))), "m.onnx"); }, kRefused);
  // Behind what readers of this format pass over.
  const std::string group = std::string(1, '\x9b') + '\x06' + field(1, 1) + '\x9c' + '\x06';
  expect_error([&] { refuse_external_data(group + field(7, field(5, tensor)), "m.onnx"); }, kRefused);
}

// Other readers keep 32 bits of a field's number.
TEST(ExternalData, BehindNumbersThatAreTooLarge) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 29;
  for (const std::string& tensor : {field(14 | kBeyond, 1), field(13 | kBeyond, "x"), field(14, 1 | kBeyond << 3)}) {
    expect_error([&] { refuse_external_data(field(7, field(5, tensor)), "m.onnx"); }, kRefused);
  }
}

TEST(ExternalData, DamagedAnywhere) {
  const std::string whole = half_and_noise_model(8) + model_with_external_weights("x");
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole.substr(0, 1 + random() % whole.size());
    for (unsigned edits = random() % 4; edits > 0; --edits)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      refuse_external_data(bytes, "m.onnx");
    } catch (const Error&) {
    }
  }
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep = field(1, field(5, field(6, deep)));
  EXPECT_NO_THROW(refuse_external_data(field(7, deep), "m.onnx"));
}

}  // namespace
}  // namespace pyjetsim::onnxruntime
