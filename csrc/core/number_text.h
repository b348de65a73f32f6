// Numbers as text with a decimal point, whatever locale the program around has set.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>

namespace pyjetsim {

// With `digits` digits behind the point.
inline std::string fixed_text(double value, int digits = 6) {
  char text[400];
  const auto result = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return {text, result.ptr};
}

// "1 event", "2 events".
inline std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// With `digits` significant digits.
inline std::string short_text(double value, int digits) {
  char text[64];
  const auto result = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits);
  return {text, result.ptr};
}

}  // namespace pyjetsim
