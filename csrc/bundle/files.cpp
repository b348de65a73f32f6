#include "bundle/files.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;

const char* const kGetWhole = "export the model again with `pyjetsim export`, or get a whole copy";

// Not of a pipe, which would be waited for.
bool is_file(const fs::path& path) {
  std::error_code problem;
  return fs::is_regular_file(path, problem);
}

std::string read_file(const fs::path& path) {
  errno = 0;
  std::ifstream stream;
  if (is_file(path)) stream.open(path, std::ios::binary);
  if (!stream.is_open()) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "it is no file";
    throw Error(path.string() + " cannot be read: " + reason, "the bundle is incomplete", kGetWhole);
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool leads_out(const fs::path& file, const fs::path& folder) {
  std::error_code problem;
  const fs::path target = fs::canonical(file, problem);
  if (problem) return false;  // it is missing, which is reported when it is read
  const fs::path home = fs::canonical(folder, problem);
  return target.parent_path() != home;
}

}  // namespace

Bundle read_bundle(const std::string& given) {
  if (given.empty()) {
    throw Error("the bundle's name is empty", "it names a folder", "give one that `pyjetsim export` wrote");
  }
  const std::string folder = bundle_folder(given);
  const fs::path home(folder);
  if (!is_file(home / "manifest.json")) {
    throw Error(folder + " is no bundle: manifest.json is missing", "nothing says what its model takes and gives",
                "give a folder that `pyjetsim export` wrote, or the name of a bundle that comes with pyjetsim: " +
                    shipped_names());
  }
  Bundle bundle{folder, parse_manifest(read_file(home / "manifest.json"), (home / "manifest.json").string()), {}};
  for (const auto& [name, expected] : bundle.manifest.files) {
    const fs::path path = home / name;
    if (leads_out(path, home)) {
      throw Error(path.string() + " leads out of the bundle", "a bundle is handed on as one folder", kGetWhole);
    }
    std::string content = read_file(path);
    const std::string found = sha256(content);
    if (found != expected) {
      throw Error(path.string() + " has SHA-256 " + found + ", manifest.json says " + expected,
                  "it was truncated or altered after the export", kGetWhole);
    }
    bundle.files[name] = std::move(content);
  }
  return bundle;
}

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
