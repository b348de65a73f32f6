#pragma once

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "FWCore/Utilities/interface/Exception.h"

namespace edm {

class FileInPath {
 public:
  FileInPath() = default;
  // Throws where the file is in no folder of CMSSW_SEARCH_PATH.
  explicit FileInPath(std::string const& path) {
    const char* folders = std::getenv("CMSSW_SEARCH_PATH");
    std::istringstream all(folders == nullptr ? "" : folders);
    for (std::string folder; full_.empty() && std::getline(all, folder, ':');) {
      if (std::filesystem::exists(folder + "/" + path)) full_ = folder + "/" + path;
    }
    if (full_.empty()) throw cms::Exception("FileInPathError") << "unable to find the file " << path;
  }
  explicit FileInPath(char const* path) : FileInPath(std::string(path)) {}

  std::string fullPath() const { return full_; }

 private:
  std::string full_;
};

}  // namespace edm
