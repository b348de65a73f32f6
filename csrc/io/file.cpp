#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/broken.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

File::File(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    throw Error(path + " is not there", "there are no events to read", "check the name");
  }
  // A pipe without a writer would wait for ever when it is opened.
  if (!S_ISREG(status.st_mode)) {
    throw Error(path + " is no regular file", "pipes and folders cannot be read again from the beginning",
                "write the events to a file and name that");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw Error(path + " cannot be opened: " + std::strerror(errno), "there are no events to read",
                "ask its owner for access");
  }
}

File::~File() { ::close(descriptor_); }

std::size_t File::read(char* bytes, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(descriptor_, bytes, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw BrokenError(std::string("it cannot be read (") + std::strerror(errno) + ")");
  }
}

void File::rewind() { ::lseek(descriptor_, 0, SEEK_SET); }

}  // namespace pyjetsim
