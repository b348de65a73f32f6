#include "io/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <system_error>

#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

namespace fs = std::filesystem;

void check_parent(const std::string& path) {
  fs::path parent = fs::absolute(path).parent_path();
  std::error_code error;
  while (!fs::exists(parent, error) && parent.has_relative_path()) parent = parent.parent_path();
  if (!fs::is_directory(parent, error)) throw_cannot_write(path, ENOTDIR);
  if (::access(parent.c_str(), W_OK | X_OK) != 0) throw_cannot_write(path, errno);
}

std::string random_hex() {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(std::random_device()()));
  return text;
}

}  // namespace

void throw_cannot_write(const std::string& path, int errno_value) {
  const std::string said = errno_value == ENOSPC ? "the disk is full"
                           : errno_value == 0    ? "the disk refuses"
                                                 : std::strerror(errno_value);
  throw Error("cannot write " + path + ": " + said, "what was there before is kept",
              "free space or choose another place, then run the same command again");
}

void check_output(const std::string& path) {
  std::error_code error;
  const std::string name = fs::path(path).filename();
  if (fs::is_directory(path, error) || name.empty() || name == "." || name == "..") {
    throw Error("output " + path + " is a folder", "the output is one file", "name a file in it");
  }
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    throw Error("output " + path + " is no regular file", "the output would take its place", "name a file");
  }
  check_parent(path);
}

TemporaryName::TemporaryName(const std::string& path) : path_(path) {
  const fs::path whole(path);
  std::error_code error;
  if (whole.has_parent_path()) {
    fs::create_directories(whole.parent_path(), error);
    if (error) throw_cannot_write(path, error.value());
  }
  name_ = whole.parent_path() / ("." + whole.filename().string() + "." + random_hex() + ".part");
}

TemporaryName::~TemporaryName() {
  if (kept_) return;
  // Whoever still holds it open, holds no space with it.
  if (::truncate(name_.c_str(), 0) == 0) ::unlink(name_.c_str());
}

void TemporaryName::keep() {
  if (std::rename(name_.c_str(), path_.c_str()) != 0) throw_cannot_write(path_, errno);
  kept_ = true;
}

}  // namespace pyjetsim
