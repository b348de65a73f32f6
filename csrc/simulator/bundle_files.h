// The files of a bundle, each known to be whole.
#pragma once

#include <map>
#include <string>

#include "simulator/manifest.h"

namespace pyjetsim {

struct Bundle {
  std::string folder;
  Manifest manifest;
  std::map<std::string, std::string> files;  // content by name

  std::string path(const std::string& name) const { return folder + "/" + name; }
};

// `given`: as JetSimulator::load takes it. Throws Error for a file that is missing, altered, or a link that leads out
// of the folder.
Bundle read_bundle(const std::string& given);

}  // namespace pyjetsim
