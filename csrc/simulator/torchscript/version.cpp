#include "simulator/torchscript/version.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdint>

#include "pyjetsim/error.h"

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

bool tells_its_version() { return aoti_torch_abi_version != nullptr; }

Version loaded() {
  const std::uint64_t packed = aoti_torch_abi_version();
  return {packed >> 56, packed >> 48 & 0xff, packed >> 40 & 0xff};
}

// One that does not tell can be told from a newer one only.
bool fits() {
  if (tells_its_version()) return loaded().fits(kCompiled);
  return kCompiled.major < 2 || (kCompiled.major == 2 && kCompiled.minor < 10);
}

std::string text(const Version& version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' + std::to_string(version.patch);
}

}  // namespace

std::string libtorch() {
  std::string name = "libtorch";
  if (tells_its_version()) name += ' ' + text(loaded());
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<void*>(&at::get_num_threads), &info) != 0 && info.dli_fname != nullptr;
  return known ? name + " (" + info.dli_fname + ")" : name;
}

void check_libtorch() {
  if (fits()) return;
  throw Error(libtorch() + " is there, and the backend torchscript was compiled with " + text(kCompiled),
              "calls would be misunderstood",
              "install torch " + std::to_string(kCompiled.major) + '.' + std::to_string(kCompiled.minor) +
                  ", or compile pyjetsim where yours is installed");
}

}  // namespace pyjetsim
