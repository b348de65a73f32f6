// SHA-256 (FIPS 180-4), by which a bundle's files are known to be whole.
#pragma once

#include <string>
#include <string_view>

namespace pyjetsim {

// 64 hexadecimal digits, lower case.
std::string sha256(std::string_view content);

}  // namespace pyjetsim
