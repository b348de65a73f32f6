#include "simulator/shipped.h"

#include <dlfcn.h>

#include <filesystem>
#include <set>
#include <system_error>

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

// Found from where this library lies, so that an installation may be moved.
fs::path shipped_bundles() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&bundle_folder), &info) == 0 || info.dli_fname == nullptr) return {};
  return fs::path(info.dli_fname).parent_path() / PYJETSIM_BUNDLES;
}

}  // namespace

std::string bundle_folder(const std::string& bundle) {
  std::error_code problem;
  if (bundle.empty() || bundle.find('/') != std::string::npos || fs::exists(bundle, problem)) return bundle;
  const fs::path shipped = (shipped_bundles() / bundle).lexically_normal();
  return fs::exists(shipped / "manifest.json", problem) ? shipped.string() : bundle;
}

std::string shipped_names() {
  std::set<std::string> found;
  std::error_code problem;
  for (fs::directory_iterator entry(shipped_bundles(), problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code missing;
    if (fs::exists(entry->path() / "manifest.json", missing)) found.insert(entry->path().filename().string());
  }
  std::string names;
  for (const std::string& name : found) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace pyjetsim
