// The bytes of a file, a pipe or the standard input, decompressed where the first ones say gzip or Zstandard.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace pyjetsim {

class Bytes {
 public:
  virtual ~Bytes() = default;

  // Gives up to `size` bytes; 0 only at the end. Throws BrokenError where they are damaged or cut, after it has given
  // all before.
  virtual std::size_t read(char* bytes, std::size_t size) = 0;

  // Whether something that is not compressed stands behind what is. To be asked at the end.
  virtual bool goes_on() const { return false; }
};

// Called a few times a second while a pipe has nothing to give; what it throws ends the waiting.
using Waiting = std::function<void()>;

// `path`: a file or a pipe; "-" is the standard input. Throws Error for what is not there or may not be read,
// BrokenError for what cannot be read.
std::unique_ptr<Bytes> open_bytes(const std::string& path, const Waiting& waiting = {});

// How messages call it.
std::string spoken(const std::string& path);

}  // namespace pyjetsim
