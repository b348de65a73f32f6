// Writes a jets.h5: format pyjetsim.jets, version 1.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "io/pair_table.h"

namespace pyjetsim {

// Piece by piece; the file appears under its name only when it is finished. Not to be used from several threads at
// once, nor beside other uses of HDF5, which is not made for threads. Every function throws Error where the disk
// refuses.
class JetsFile {
 public:
  JetsFile(const std::string& path, std::size_t max_constituents);
  // Without finish(), removes what was written.
  ~JetsFile();
  JetsFile(const JetsFile&) = delete;
  JetsFile& operator=(const JetsFile&) = delete;

  void append(const PairTable& pairs);
  // `provenance` is a JSON object.
  void finish(const std::string& provenance);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pyjetsim
