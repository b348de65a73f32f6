// A file that is there whole or not at all.
#pragma once

#include <fstream>
#include <string>

namespace pyjetsim::framework {

class ResultFile {
 public:
  // Opens a file of a temporary name beside `path`, so that one learns at once that it cannot be written. Throws Error.
  explicit ResultFile(std::string path);
  // Removes what was not finished.
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  // Writes the text and gives the file its name, in place of one that was there. Throws Error.
  void finish(const std::string& text);

 private:
  const std::string path_, temporary_;
  std::ofstream stream_;
};

}  // namespace pyjetsim::framework
