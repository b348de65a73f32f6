// How ONNX Runtime is found. The steps follow each other: what a process has loaded it keeps.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "backends/onnxruntime/library.h"
#include "simulator/expect_error.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

const char* const kVariable = "PYJETSIM_ONNXRUNTIME";
const char* const kHowToGet = "`pip install onnxruntime`";

TEST(OnnxRuntimeLibrary, IsFoundWhereItIsSaidToBe) {
  const std::string real = getenv(kVariable);
  unsetenv(kVariable);

  // Nowhere: all places are told, and how to get one.
  const fs::path package = fs::canonical("/proc/self/exe").parent_path() / "onnxruntime" / "capi";
  fs::remove_all(package);
  if (dlopen("libonnxruntime.so.1", RTLD_NOW | RTLD_NOLOAD) == nullptr &&
      dlopen("libonnxruntime.so.1", RTLD_LAZY) == nullptr) {
    for (const std::string& words : {std::string("PYJETSIM_ONNXRUNTIME is not set"), "not in " + package.string(),
                                     std::string("libonnxruntime.so.1"), std::string(kHowToGet)}) {
      expect_error([] { load_onnxruntime(""); }, words);
    }
  }

  // What is named is used or refused, and nothing is tried in its place.
  expect_error([] { load_onnxruntime("/nowhere.so"); }, "named by the option `library`");
  expect_error([] { load_onnxruntime("libm.so.6"); }, "libm.so.6, named by the option `library`, is another library");
  expect_error([] { load_onnxruntime(OLD_ONNXRUNTIME); },
               "is ONNX Runtime 1.9.0, without version 17 of its interface (it is too old");
  setenv(kVariable, "/nowhere/libonnxruntime.so", 1);
  expect_error([] { load_onnxruntime(""); }, "named by PYJETSIM_ONNXRUNTIME");
  setenv(kVariable, "", 1);  // as if it were not set

  // The Python package, beside this program.
  fs::create_directories(package);
  const fs::path link = package / fs::path(real).filename();
  fs::create_symlink(real, link);
  EXPECT_NE(load_onnxruntime("").description.find(link.string()), std::string::npos);
  fs::remove_all(package.parent_path());

  // The copy that the process has by now.
  const OnnxRuntimeLibrary own = load_onnxruntime("");
  EXPECT_EQ(own.description.rfind("ONNX Runtime 1.", 0), 0u) << own.description;
  EXPECT_NE(own.api, nullptr);

  // And the one that is named, before all others.
  setenv(kVariable, "/nowhere/libonnxruntime.so", 1);
  EXPECT_EQ(load_onnxruntime(real).api, own.api);
  setenv(kVariable, real.c_str(), 1);
  EXPECT_EQ(load_onnxruntime("").api, own.api);
}

}  // namespace
}  // namespace pyjetsim
