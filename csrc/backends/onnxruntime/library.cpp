#include "backends/onnxruntime/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

// The first that runs ONNX operator set 20, which bundles are written in: ONNX Runtime 1.17.
constexpr std::uint32_t kApiVersion = 17;
const char* const kVariable = "PYJETSIM_ONNXRUNTIME";
const char* const kSystemName = "libonnxruntime.so.1";
const char* const kHowToGet =
    "install it, for example with `pip install onnxruntime`, or name its libonnxruntime.so in the option `library` or "
    "in the environment variable PYJETSIM_ONNXRUNTIME";

using GetApiBase = const OrtApiBase* (*)() noexcept;

GetApiBase api_base_in(void* handle) {
  return reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));  // NOLINT: dlsym's only use
}

std::string last_problem() {
  const char* problem = dlerror();
  return problem != nullptr ? problem : "unknown problem";
}

[[noreturn]] void unavailable(const std::string& problem) {
  throw Error("ONNX Runtime cannot be loaded: " + problem, "it runs the bundle's model", kHowToGet);
}

OnnxRuntimeLibrary usable(GetApiBase get_api_base, const std::string& fallback_name) {
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<void*>(get_api_base), &info) != 0 && info.dli_fname != nullptr;
  const std::string file = known ? info.dli_fname : fallback_name;
  const OrtApiBase* base = get_api_base();
  const std::string version = base->GetVersionString();
  const OrtApi* api = base->GetApi(kApiVersion);
  if (api == nullptr) {
    throw Error(
        file + " is ONNX Runtime " + version + ", without version " + std::to_string(kApiVersion) + " of its interface",
        "it is too old to run the operators of a bundle's model",
        "use ONNX Runtime 1." + std::to_string(kApiVersion) + " or newer: " + kHowToGet);
  }
  return {api, "ONNX Runtime " + version + " (" + file + ")"};
}

OnnxRuntimeLibrary load_named(const std::string& file, const std::string& named_by) {
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) unavailable(last_problem() + ", named by " + named_by);
  const GetApiBase get_api_base = api_base_in(handle);
  if (get_api_base == nullptr) unavailable(file + ", named by " + named_by + ", is another library");
  return usable(get_api_base, file);
}

GetApiBase in_this_process() {
  void* handle = dlopen(kSystemName, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  return api_base_in(handle != nullptr ? handle : RTLD_DEFAULT);
}

// libonnxruntime.so.<version> in this folder, if there is one. The package holds one at a time.
fs::path library_in(const fs::path& folder) {
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (entry->path().filename().string().rfind("libonnxruntime.so", 0) == 0) return entry->path();
  }
  return {};
}

struct NamedFolders {
  std::mutex mutex;
  std::vector<fs::path> all;
};

NamedFolders& named_folders() {
  static NamedFolders folders;
  return folders;
}

// Those that were named, and onnxruntime/capi beside this library and beside the folders that hold it.
std::vector<fs::path> package_folders() {
  Dl_info info{};
  std::vector<fs::path> folders;
  {
    NamedFolders& named = named_folders();
    const std::lock_guard<std::mutex> lock(named.mutex);
    folders = named.all;
  }
  if (dladdr(reinterpret_cast<void*>(&load_onnxruntime), &info) == 0 || info.dli_fname == nullptr) return folders;
  std::error_code problem;
  fs::path file = info.dli_fname;
  if (!file.has_parent_path()) file = "/proc/self/exe";  // a program that was found by its name alone
  fs::path folder = fs::canonical(file, problem).parent_path();
  constexpr int kLevels = 4;  // site-packages/pyjetsim/lib/... is the deepest
  for (int level = 0; !problem && level < kLevels && folder.has_relative_path(); ++level) {
    folders.push_back(folder / "onnxruntime" / "capi");
    folder = folder.parent_path();
  }
  return folders;
}

}  // namespace

void look_for_onnxruntime_in(const std::string& folder) {
  NamedFolders& named = named_folders();
  const std::lock_guard<std::mutex> lock(named.mutex);
  if (std::find(named.all.begin(), named.all.end(), folder) == named.all.end()) named.all.push_back(folder);
}

OnnxRuntimeLibrary load_onnxruntime(const std::string& path) {
  if (!path.empty()) return load_named(path, "the option `library`");
  const char* variable = std::getenv(kVariable);
  if (variable != nullptr && *variable != '\0') return load_named(variable, kVariable);
  if (const GetApiBase get_api_base = in_this_process()) return usable(get_api_base, "this program");

  std::string tried = std::string(kVariable) + " is not set; the program has none";
  for (const fs::path& folder : package_folders()) {
    const fs::path file = library_in(folder);
    if (!file.empty()) return load_named(file.string(), "the Python package");
    tried += "; not in " + folder.string();
  }
  void* handle = dlopen(kSystemName, RTLD_NOW | RTLD_LOCAL);
  const GetApiBase get_api_base = handle != nullptr ? api_base_in(handle) : nullptr;
  if (get_api_base == nullptr) unavailable(tried + "; " + last_problem());
  return usable(get_api_base, kSystemName);
}

}  // namespace pyjetsim
