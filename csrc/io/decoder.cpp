#include "io/decoder.h"

#include <cstring>

namespace pyjetsim {

namespace {

class Plain final : public Decoder {
 public:
  explicit Plain(File& file) : file_(file) {}

  std::size_t decode(char* bytes, std::size_t size) override { return file_.read(bytes, size); }

 private:
  File& file_;
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(File& file) {
  char start[4] = {};
  std::size_t got = 0;
  while (got < sizeof start) {
    const std::size_t more = file.read(start + got, sizeof start - got);
    if (more == 0) break;
    got += more;
  }
  file.rewind();
  if (std::memcmp(start, "\x1f\x8b", 2) == 0) return make_gzip_decoder(file);
  if (std::memcmp(start, "\x28\xb5\x2f\xfd", 4) == 0) return make_zstd_decoder(file);
  return std::make_unique<Plain>(file);
}

}  // namespace pyjetsim
