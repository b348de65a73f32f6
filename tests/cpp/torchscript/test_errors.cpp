// Models that are no good, and settings that cannot be: one line each.
#include "fixture.h"

namespace {

std::string error_of(const std::string& model, const pyjetsim::Backend::Config& config = {}) {
  try {
    std::vector<float> output(jets().output.size());
    backend(model, config)->run(jets().constituents.data(), jets().noise.data(), 2, output.data());
  } catch (const pyjetsim::Error& error) {
    return error.what();
  }
  return "no error";
}

void expect_error(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(Errors, WhatIsNoArchive) {
  for (const std::string& model : {std::string(), std::string("no archive"), good().substr(0, good().size() / 2)}) {
    expect_error(error_of(model), "model.pt is no model that libtorch 2.");
  }
}

TEST(Errors, OtherOutputs) {
  expect_error(error_of(content("narrow.pt")),
               "model.pt gives Float [2, 39, 3], the manifest says Float (batch, 40, 3)");
  expect_error(error_of(content("double.pt")), "model.pt gives Double [2, 40, 3]");
  expect_error(error_of(content("pair.pt")), "model.pt gives Tuple");
}

TEST(Errors, WhatTheModelRaises) {
  expect_error(error_of(content("raises.pt")), "too many jets (libtorch could not run it)");
  expect_error(error_of(content("one_input.pt")), "(libtorch could not run it)");
}

TEST(Errors, ABundleWithoutArchive) {
  pyjetsim::enable_torchscript();
  pyjetsim::Bundle older = bundle();
  older.files.erase("model.pt");
  try {
    pyjetsim::make_backend("torchscript", older, {});
    FAIL() << "no error";
  } catch (const pyjetsim::Error& error) {
    expect_error(error.what(), "has no model.pt");
  }
}

TEST(Errors, Settings) {
  expect_error(error_of(good(), {"", 0}), "threads is 0");
  expect_error(error_of(good(), {"/lib/libtorch.so", 1}), "library is /lib/libtorch.so");
}

}  // namespace
