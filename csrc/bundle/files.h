// The files of a bundle, each known to be whole, and where the bundles that come with pyjetsim are.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bundle/manifest.h"

namespace pyjetsim {

// --- The files of a bundle, each known to be whole.

struct Bundle {
  std::string folder;
  Manifest manifest;
  std::map<std::string, std::string> files;  // content by name

  std::string path(const std::string& name) const { return folder + "/" + name; }
};

// `given`: as JetSimulator::load takes it. Throws Error for a file that is missing, altered, or a link that leads out
// of the folder.
Bundle read_bundle(const std::string& given);

// --- The bundles that come with pyjetsim.

// The folder of `bundle`: itself, or where nothing of that path is there, the bundle of that name that was installed
// with this library.
std::string bundle_folder(const std::string& bundle);

// The names of all of them, in one line.
std::string shipped_names();

// --- SHA-256 (FIPS 180-4), by which a bundle's files are known to be whole.

// 64 hexadecimal digits, lower case.
std::string sha256(std::string_view content);

}  // namespace pyjetsim
