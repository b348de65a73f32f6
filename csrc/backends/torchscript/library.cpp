#include "backends/torchscript/library.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

const char* const kFile = "libpyjetsim_torchscript.so." PYJETSIM_SOVERSION;
const char* const kWhy = "it runs the bundle's model.pt with libtorch";

// The file of that name beside the library, or the program, that this function is in.
fs::path beside_this() {
  Dl_info info{};
  fs::path here = "/proc/self/exe";  // of a program that was found by its name alone
  if (dladdr(reinterpret_cast<void*>(&make_torchscript), &info) != 0 && info.dli_fname != nullptr &&
      fs::path(info.dli_fname).has_parent_path()) {
    here = info.dli_fname;
  }
  std::error_code problem;
  return fs::canonical(here, problem).parent_path() / kFile;
}

std::string found_beside_this() {
  const fs::path file = beside_this();
  std::error_code problem;
  if (fs::exists(file, problem)) return file.string();
  throw Error(
      "the backend torchscript is not here: there is no " + file.string(), kWhy,
      "build pyjetsim where torch is, with -DPYJETSIM_TORCHSCRIPT=ON, name the library in the option `library`, "
      "or use the backend onnxruntime");
}

const TorchscriptEntry& load(const std::string& file) {
  // Its functions are looked up by name, and libtorch's symbols stay apart from those of the program.
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* found = dlerror();
    const std::string problem = found != nullptr ? found : file;
    // The names of C++ that a library wants tell which version it was compiled with; to a user they tell that it
    // differs.
    const bool other =
        problem.find("undefined symbol") != std::string::npos || problem.find("version `") != std::string::npos;
    throw Error(
        "the backend torchscript cannot be loaded" +
            std::string(other ? ", for the libtorch that is there is of another version than it was compiled with"
                              : "") +
            ": " + problem,
        kWhy,
        "install the version of torch that it was compiled with, compile pyjetsim where yours is installed, "
        "or use the backend onnxruntime");
  }
  const auto get = reinterpret_cast<GetTorchscriptEntry>(dlsym(handle, kGetTorchscriptEntry));
  if (get == nullptr) {
    throw Error(file + " is another library than " + kFile, kWhy, "name that, or leave the option `library` empty");
  }
  const TorchscriptEntry& entry = *get();
  if (std::string(entry.version) != PYJETSIM_VERSION) {
    throw Error(file + " is of pyjetsim " + entry.version + ", and this is " PYJETSIM_VERSION,
                "they would misread each other's memory", "use the library that was built with this one");
  }
  return entry;
}

}  // namespace

std::unique_ptr<const Backend> make_torchscript(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config) {
  if (config.device != "cpu") {
    throw Error("the backend 'torchscript' runs on the CPU, and device '" + config.device + "' was asked for",
                "nothing is run elsewhere than it was asked to", "use the backend 'onnxruntime', or the device cpu");
  }
  const TorchscriptEntry& entry = load(config.library.empty() ? found_beside_this() : config.library);
  return entry.make(model, path, manifest, config);
}

}  // namespace pyjetsim
