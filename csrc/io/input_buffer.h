// A stream of a file's bytes, decompressed where its first bytes say gzip or Zstandard.
#pragma once

#include <cstddef>
#include <memory>
#include <streambuf>
#include <string>
#include <vector>

#include "io/decoder.h"
#include "io/file.h"

namespace pyjetsim {

// Reading throws BrokenError where the file is damaged or cut, after all bytes before that were given.
class InputBuffer : public std::streambuf {
 public:
  // Throws Error for a file that cannot be opened, BrokenError for one that cannot be read.
  explicit InputBuffer(const std::string& path);

 protected:
  int_type underflow() override;
  std::streamsize xsgetn(char* bytes, std::streamsize size) override;

 private:
  File file_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<char> buffer_;
};

}  // namespace pyjetsim
