// Bytes of a regular file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace pyjetsim {

class File {
 public:
  // Throws Error for a file that is not there, is no regular one or may not be read.
  explicit File(const std::string& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Reads up to `size` bytes; 0 only at the end. Throws BrokenError where the disk errs.
  std::size_t read(char* bytes, std::size_t size);
  // Goes on from the first byte.
  void rewind();

  std::uint64_t size() const { return size_; }

 private:
  int descriptor_;
  std::uint64_t size_;
};

}  // namespace pyjetsim
