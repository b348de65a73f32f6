// Names of types as people write them.
#pragma once

#include <string>
#include <typeinfo>

namespace pyjetsim::framework {

std::string type_name(const std::type_info& type);

}  // namespace pyjetsim::framework
