// The bytes of a file, a pipe or the standard input, decompressed where the first ones say gzip or Zstandard; and what
// other kind a file is, by its first bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pyjetsim {

// --- A stream that ends or errs where it should not.

// What is wrong, without file and place, which the caller adds: it knows how far reading came.
class BrokenError : public std::runtime_error {
 public:
  explicit BrokenError(const std::string& wrong, const std::string& why = "the file is cut or damaged there",
                       const std::string& todo = "make it anew or ask its maker for a whole copy")
      : std::runtime_error(wrong), why_(why), todo_(todo) {}

  const std::string& why() const noexcept { return why_; }
  const std::string& todo() const noexcept { return todo_; }

 private:
  std::string why_, todo_;
};

// --- The bytes of a file, a pipe or the standard input, decompressed where the first ones say gzip or Zstandard.

class Bytes {
 public:
  virtual ~Bytes() = default;

  // Gives up to `size` bytes; 0 only at the end. Throws BrokenError where they are damaged or cut, after it has given
  // all before.
  virtual std::size_t read(char* bytes, std::size_t size) = 0;

  // Whether bytes that are not compressed follow the compressed ones. To be called at the end.
  virtual bool goes_on() const { return false; }
};

// Called a few times a second while a pipe has nothing to give; what it throws ends the waiting.
using Waiting = std::function<void()>;

// `path`: a file or a pipe; "-" is the standard input. Throws Error for what is not there or may not be read,
// BrokenError for what cannot be read.
std::unique_ptr<Bytes> open_bytes(const std::string& path, const Waiting& waiting = {});

// How messages call it.
std::string source_name(const std::string& path);

// --- Files that are no HepMC, by their first bytes.

// Why a file of another kind is refused here.
inline constexpr char kOnlyHepMC[] = "only HepMC's ASCII events are read";

// Throws Error that says what it is, for content of a kind that is known here. `start`: the first bytes, decompressed;
// `name`: what messages call it.
void refuse_other_kinds(std::string_view start, const std::string& name);

// HDF5's mark, which may stand behind bytes of a user's.
bool is_hdf5(std::string_view start);

}  // namespace pyjetsim
