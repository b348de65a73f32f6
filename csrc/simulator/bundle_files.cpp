#include "simulator/bundle_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pyjetsim/error.h"
#include "simulator/sha256.h"
#include "simulator/shipped.h"

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
  if (problem) return false;  // it is missing, which is told when it is read
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

}  // namespace pyjetsim
