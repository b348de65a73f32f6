#pragma once

#include <exception>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace cms {

class Exception : public std::exception {
 public:
  explicit Exception(std::string const& category) : what_("An exception of category '" + category + "' occurred.\n") {}
  explicit Exception(char const* category) : Exception(std::string(category)) {}

  char const* what() const noexcept override { return what_.c_str(); }

  template <typename E, typename T>
  friend std::enable_if_t<std::is_base_of_v<Exception, std::remove_reference_t<E>>, E&> operator<<(E&& exception,
                                                                                                   T const& stuff) {
    std::ostringstream text;
    text << stuff;
    exception.what_ += text.str();
    return exception;
  }

 private:
  std::string what_;
};

}  // namespace cms
