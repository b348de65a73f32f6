#include <fastjet/config.h>

#include <fastjet/JetDefinition.hh>

#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

// Releases of one series have the same classes.
std::string series(const std::string& version) { return version.substr(0, version.find('.', version.find('.') + 1)); }

}  // namespace

std::string fastjet_version() {
  // "FastJet version 3.5.2 [...]"
  const std::string text = fastjet::fastjet_version_string();
  const auto first = text.find_first_of("0123456789");
  const std::string version =
      first == std::string::npos ? text : text.substr(first, text.find_first_not_of("0123456789.", first) - first);
  const std::string built = FASTJET_VERSION;
  if (series(version) != series(built)) {
    throw Error("FastJet " + version + " is loaded, and pyjetsim was built for " + series(built),
                "their classes differ, and jets would be wrong without a word",
                "install FastJet " + series(built) + ", or build pyjetsim again");
  }
  return version;
}

}  // namespace pyjetsim
