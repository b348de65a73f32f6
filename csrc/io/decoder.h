// What is in a file, decompressed.
#pragma once

#include <cstddef>
#include <memory>

#include "io/file.h"

namespace pyjetsim {

class Decoder {
 public:
  virtual ~Decoder() = default;

  // Gives up to `size` bytes; 0 only at the end. Throws BrokenError where the file is damaged or cut, after it has
  // given all bytes before.
  virtual std::size_t decode(char* bytes, std::size_t size) = 0;
};

// Plain, gzip or Zstandard, told from the first bytes. `file` must outlive it.
std::unique_ptr<Decoder> make_decoder(File& file);

std::unique_ptr<Decoder> make_gzip_decoder(File& file);
std::unique_ptr<Decoder> make_zstd_decoder(File& file);

}  // namespace pyjetsim
