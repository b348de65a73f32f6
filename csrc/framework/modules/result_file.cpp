#include "framework/modules/result_file.h"

#include <cstdio>
#include <random>
#include <string>
#include <utility>

#include "pyjetsim/error.h"

namespace pyjetsim::framework {
namespace {

[[noreturn]] void refuse(const std::string& path) {
  throw Error(path + " cannot be written", "results go there",
              "give a file in a folder that is there, writable and not full");
}

}  // namespace

ResultFile::ResultFile(std::string path)
    : path_(std::move(path)),
      temporary_(path_ + "." + std::to_string(std::random_device()()) + ".part"),
      stream_(temporary_, std::ios::binary) {
  if (!stream_) refuse(path_);
}

ResultFile::~ResultFile() {
  stream_.close();
  std::remove(temporary_.c_str());
}

void ResultFile::finish(const std::string& text) {
  stream_ << text;
  stream_.close();
  if (!stream_ || std::rename(temporary_.c_str(), path_.c_str()) != 0) refuse(path_);
}

}  // namespace pyjetsim::framework
