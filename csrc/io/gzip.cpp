#include <zlib.h>

#include <new>
#include <string>
#include <vector>

#include "io/broken.h"
#include "io/decoder.h"

namespace pyjetsim {

namespace {

constexpr std::size_t kInput = 1 << 16;
constexpr int kGzip = 16 + MAX_WBITS;

// One or more gzip members, and zeros behind them, as tapes leave.
class Gzip final : public Decoder {
 public:
  explicit Gzip(File& file) : file_(file), input_(kInput) {
    if (inflateInit2(&stream_, kGzip) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }

  std::size_t decode(char* bytes, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(bytes);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out > 0 && error_.empty() && !ended_) step();
    const std::size_t made = size - stream_.avail_out;
    if (made == 0 && !error_.empty()) throw BrokenError("it cannot be decompressed (" + error_ + ")");
    return made;
  }

 private:
  void step() {
    if (stream_.avail_in == 0 && !refill()) {
      if (inside_) {
        error_ = "the compressed data ends too early";
      } else {
        ended_ = true;
      }
      return;
    }
    if (!inside_) {
      while (stream_.avail_in > 0 && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
      }
      if (stream_.avail_in == 0) return;
      inflateReset2(&stream_, kGzip);
      inside_ = true;
    }
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      inside_ = false;
    } else if (status == Z_NEED_DICT || (status < 0 && status != Z_BUF_ERROR)) {
      error_ = stream_.msg != nullptr ? stream_.msg : "the compressed data is damaged";
    }
  }

  bool refill() {
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(file_.read(reinterpret_cast<char*>(input_.data()), input_.size()));
    return stream_.avail_in > 0;
  }

  File& file_;
  std::vector<Bytef> input_;
  z_stream stream_ = {};
  bool inside_ = true;  // in a member, and not between two
  bool ended_ = false;
  std::string error_;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder(File& file) { return std::make_unique<Gzip>(file); }

}  // namespace pyjetsim
