#include "io/input_buffer.h"

#include <algorithm>

#include "io/broken.h"

namespace pyjetsim {

namespace {
constexpr std::size_t kBuffer = 1 << 16;
}

InputBuffer::InputBuffer(const std::string& path) : file_(path), decoder_(make_decoder(file_)) {}

InputBuffer::int_type InputBuffer::underflow() {
  if (gptr() == egptr()) {
    buffer_.resize(kBuffer);
    const std::size_t got = decoder_->decode(buffer_.data(), buffer_.size());
    setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
    if (got == 0) return traits_type::eof();
  }
  return traits_type::to_int_type(*gptr());
}

std::streamsize InputBuffer::xsgetn(char* bytes, std::streamsize size) {
  std::streamsize got = std::min<std::streamsize>(size, egptr() - gptr());
  std::copy_n(gptr(), got, bytes);
  gbump(static_cast<int>(got));
  // The rest past the buffer, without a copy.
  try {
    while (got < size) {
      const std::size_t more = decoder_->decode(bytes + got, static_cast<std::size_t>(size - got));
      if (more == 0) break;
      got += static_cast<std::streamsize>(more);
    }
  } catch (const BrokenError&) {
    if (got == 0) throw;  // Otherwise the next call tells.
  }
  return got;
}

}  // namespace pyjetsim
