// The bundles that come with pyjetsim.
#pragma once

#include <string>

namespace pyjetsim {

// The folder of `bundle`: itself, or where nothing of that path is there, the bundle of that name that was installed
// with this library.
std::string bundle_folder(const std::string& bundle);

// The names of all of them, in one line.
std::string shipped_names();

}  // namespace pyjetsim
