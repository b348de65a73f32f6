// How the library that runs models with libtorch is found, and what is told where it is not.
#include <gtest/gtest.h>

#include <filesystem>

#include "pyjetsim/simulator.h"
#include "simulator/expect_error.h"
#include "simulator/scratch_folder.h"
#include "simulator/small_bundle.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

class TorchscriptLibrary : public testing::Test {
 protected:
  TorchscriptLibrary() {
    SmallBundle bundle;
    bundle.files["model.pt"] = "never looked at";
    bundle.write(folder.path());
    fs::remove(beside);
  }
  ~TorchscriptLibrary() override { fs::remove(beside); }

  std::string loaded(const std::string& library) const {
    return JetSimulator::load(folder.path(), {"torchscript", library, 1, 0}).backend();
  }
  void refused(const std::string& library, const std::string& words) const {
    expect_error([&] { loaded(library); }, words);
  }

  const fs::path beside =
      fs::canonical("/proc/self/exe").parent_path() / "libpyjetsim_torchscript.so." PYJETSIM_SOVERSION;
  ScratchFolder folder;
};

TEST_F(TorchscriptLibrary, IsFoundBesideTheSimulator) {
  refused("", "the backend torchscript is not here: there is no " + beside.string() + " (");
  refused("", "-DPYJETSIM_TORCHSCRIPT=ON");
  fs::create_symlink(STUB, beside);
  EXPECT_EQ(loaded(""), "by hand");
}

TEST_F(TorchscriptLibrary, IsTheOneThatIsNamed) {
  fs::create_symlink(STUB_OF_ANOTHER_VERSION, beside);
  EXPECT_EQ(loaded(STUB), "by hand");
}

TEST_F(TorchscriptLibrary, NothingIsTriedInItsPlace) {
  fs::create_symlink(STUB, beside);
  refused("/nowhere.so", "the backend torchscript cannot be loaded: /nowhere.so: ");
  refused("libm.so.6", "libm.so.6 is another library than libpyjetsim_torchscript.so.");
}

TEST_F(TorchscriptLibrary, OfAnotherVersion) {
  refused(STUB_OF_ANOTHER_VERSION, " is of pyjetsim 0.0.1, and this is " PYJETSIM_VERSION " (");
}

TEST_F(TorchscriptLibrary, ForAnotherLibtorch) {
  refused(STUB_FOR_ANOTHER_LIBTORCH, "undefined symbol: ");
  refused(STUB_FOR_ANOTHER_LIBTORCH, "install the version of torch that it was compiled with");
}

TEST_F(TorchscriptLibrary, IsNotAskedForABundleWithoutItsModel) {
  SmallBundle().write(folder.path());
  refused("/nowhere.so", "has no model.pt");
}

}  // namespace
}  // namespace pyjetsim
