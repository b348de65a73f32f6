#include <zstd.h>

#include <new>
#include <string>
#include <vector>

#include "io/broken.h"
#include "io/decoder.h"

namespace pyjetsim {

namespace {

// One or more Zstandard frames.
class Zstd final : public Decoder {
 public:
  explicit Zstd(File& file) : file_(file), stream_(ZSTD_createDStream()), buffer_(ZSTD_DStreamInSize()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  std::size_t decode(char* bytes, std::size_t size) override {
    ZSTD_outBuffer output{bytes, size, 0};
    while (output.pos < output.size && error_.empty() && !ended_) step(output);
    if (output.pos == 0 && !error_.empty()) throw BrokenError("it cannot be decompressed (" + error_ + ")");
    return output.pos;
  }

 private:
  void step(ZSTD_outBuffer& output) {
    if (input_.pos == input_.size && !flushing_) {
      input_ = {buffer_.data(), file_.read(buffer_.data(), buffer_.size()), 0};
      if (input_.size == 0) {
        if (inside_) {
          error_ = "the compressed data ends too early";
        } else {
          ended_ = true;
        }
        return;
      }
    }
    const std::size_t hint = ZSTD_decompressStream(stream_, &output, &input_);
    if (ZSTD_isError(hint)) {
      error_ = ZSTD_getErrorName(hint);
      return;
    }
    inside_ = hint != 0;
    // A full output may leave bytes in the decompressor, which it gives without further input.
    flushing_ = inside_ && output.pos == output.size;
  }

  File& file_;
  ZSTD_DStream* stream_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_ = {nullptr, 0, 0};
  bool inside_ = true;  // in a frame, and not between two
  bool flushing_ = false;
  bool ended_ = false;
  std::string error_;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(File& file) { return std::make_unique<Zstd>(file); }

}  // namespace pyjetsim
