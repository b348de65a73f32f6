// A file that appears under its name only when it is whole.
#pragma once

#include <string>

namespace pyjetsim {

// Throws Error for an output that could not be written in the end; to be called before the work. Folders above it need
// not be there.
void check_output(const std::string& path);

// What a write that failed is told with; `errno_value` 0 for a cause that is not known.
[[noreturn]] void throw_cannot_write(const std::string& path, int errno_value);

// A name beside a file to write it under, removed again unless it is kept.
class TemporaryName {
 public:
  // Makes the folders above `path`. Throws Error.
  explicit TemporaryName(const std::string& path);
  ~TemporaryName();
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;

  const std::string& name() const { return name_; }
  // Gives the file its own name. Throws Error.
  void keep();

 private:
  std::string path_, name_;
  bool kept_ = false;
};

}  // namespace pyjetsim
