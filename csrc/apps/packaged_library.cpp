#include "apps/packaged_library.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace pyjetsim {

std::string packaged_onnxruntime() {
  namespace fs = std::filesystem;
  const char* const named = std::getenv("PYJETSIM_ONNXRUNTIME");
  if (named != nullptr && *named != '\0') return "";
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  std::istringstream folders(PYJETSIM_PACKAGES);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path library_folder = program.parent_path() / folder / "onnxruntime" / "capi";
    for (fs::directory_iterator entry(library_folder, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().filename().string().rfind("libonnxruntime.so", 0) == 0) return entry->path().string();
    }
  }
  return "";
}

}  // namespace pyjetsim
