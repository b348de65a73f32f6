#include "io/bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

constexpr std::size_t kBuffer = 1 << 16;
constexpr std::chrono::milliseconds kWait{200};
constexpr char kTooEarly[] = "the compressed data ends too early";

std::string reason() { return std::strerror(errno); }

// What the system gives, as it is.
class Raw {
 public:
  Raw(const std::string& path, const Waiting& waiting) : waiting_(waiting) {
    const bool standard = path == "-";
    const std::string name = source_name(path);
    if (standard) {
      descriptor_ = STDIN_FILENO;
    } else {
      // A pipe is opened at once, whether or not it has a writer, and waited for where it can be interrupted.
      descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      owned_ = true;
    }
    struct stat status = {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
      const bool missing = errno == ENOENT || errno == ENOTDIR || (standard && errno == EBADF);
      throw Error(missing ? name + " is not there" : name + " cannot be opened: " + reason(),
                  "there are no events to read", missing ? "check the name" : "ask its owner for access");
    }
    waits_ = !S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode)) {
      close();
      throw Error(name + (S_ISDIR(status.st_mode) ? " is a folder" : " is a disk"), "there are no events to read",
                  "name a file");
    }
    if (::isatty(descriptor_) == 1) {
      close();
      throw Error(name + " is a terminal", "there are no events to read", "name a file, or pipe events in");
    }
  }
  ~Raw() { close(); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  std::size_t read(char* bytes, std::size_t size) {
    while (true) {
      if (waits_) wait();
      ask_whether_to_go_on();
      const ssize_t got = ::read(descriptor_, bytes, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) throw BrokenError("it cannot be read (" + reason() + ")");
    }
  }

 private:
  void wait() {
    pollfd file = {descriptor_, POLLIN, 0};
    while (::poll(&file, 1, kWait.count()) <= 0) ask_whether_to_go_on();
  }

  // Also where there always is something to read, and no event in it.
  void ask_whether_to_go_on() {
    const auto now = std::chrono::steady_clock::now();
    if (!waiting_ || now - asked_ < kWait) return;
    asked_ = now;
    waiting_();
  }

  void close() {
    if (owned_ && descriptor_ >= 0) ::close(descriptor_);
    owned_ = false;
  }

  Waiting waiting_;
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
  int descriptor_ = -1;
  bool owned_ = false;
  bool waits_ = false;
};

// The same, with a look ahead.
class Input {
 public:
  Input(const std::string& path, const Waiting& waiting) : raw_(path, waiting), buffer_(kBuffer) {}

  // At least `size` bytes, which must be less than a buffer, or what is left.
  std::size_t ensure(std::size_t size) {
    while (ahead() < size && !drained_) {
      std::copy(buffer_.begin() + start_, buffer_.begin() + stop_, buffer_.begin());
      stop_ -= start_;
      start_ = 0;
      const std::size_t got = raw_.read(buffer_.data() + stop_, buffer_.size() - static_cast<std::size_t>(stop_));
      stop_ += static_cast<std::ptrdiff_t>(got);
      drained_ = got == 0;
    }
    return ahead();
  }

  char* data() { return buffer_.data() + start_; }
  std::size_t ahead() const { return static_cast<std::size_t>(stop_ - start_); }
  void skip(std::size_t size) { start_ += static_cast<std::ptrdiff_t>(size); }

  // Past the buffer, where that is empty.
  std::size_t read(char* bytes, std::size_t size) {
    const std::size_t first = std::min(size, ahead());
    if (first == 0) return drained_ ? 0 : raw_.read(bytes, size);
    std::copy_n(data(), first, bytes);
    skip(first);
    return first;
  }

 private:
  Raw raw_;
  std::vector<char> buffer_;
  std::ptrdiff_t start_ = 0, stop_ = 0;
  bool drained_ = false;
};

class Plain final : public Bytes {
 public:
  explicit Plain(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::size_t read(char* bytes, std::size_t size) override { return input_->read(bytes, size); }

 private:
  std::unique_ptr<Input> input_;
};

// Compressed parts one after the other, and zeros between and behind them, as tapes leave.
class Parts : public Bytes {
 public:
  explicit Parts(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::size_t read(char* bytes, std::size_t size) final {
    std::size_t made = 0;
    try {
      while (made < size && error_.empty() && !ended_) {
        // What is there is given before more is waited for: a wait may be long, or interrupted.
        if (made > 0 && (!inside_ || input_->ahead() == 0)) break;
        if (!inside_ && !begin()) break;
        // What had no room in the last call needs no more input.
        const std::size_t ahead = full_ ? input_->ahead() : input_->ensure(1), room = size - made;
        const std::size_t more = decode(bytes + made, room);
        made += more;
        if (ahead == 0 && more == 0 && inside_ && !full_ && error_.empty()) error_ = kTooEarly;
        full_ = more == room;
      }
    } catch (const BrokenError&) {
      if (made == 0) throw;  // Otherwise the next call tells.
    }
    if (made == 0 && !error_.empty()) throw BrokenError("it cannot be decompressed (" + error_ + ")");
    return made;
  }

  bool goes_on() const final { return goes_on_; }

 protected:
  static constexpr std::size_t kMagic = 4;

  // Takes from the input, and gives how many bytes it made. Calls finish_part() and fail().
  virtual std::size_t decode(char* bytes, std::size_t size) = 0;
  virtual void begin_part() = 0;
  virtual bool is_magic(const char* bytes, std::size_t size) const = 0;

  void finish_part() { inside_ = false; }
  void fail(const std::string& error) { error_ = error; }

  Input& input() { return *input_; }

 private:
  // Whether another part begins here.
  bool begin() {
    while (input_->ensure(1) > 0 && *input_->data() == 0) input_->skip(1);
    const std::size_t ahead = input_->ensure(kMagic);
    if (!is_magic(input_->data(), ahead)) {
      goes_on_ = ahead > 0;
      ended_ = true;
      return false;
    }
    begin_part();
    inside_ = true;
    full_ = false;
    return true;
  }

  std::unique_ptr<Input> input_;
  bool inside_ = false;  // in a part, and not between two
  bool full_ = false;    // the last call to decode() filled what it was given
  bool ended_ = false;
  bool goes_on_ = false;
  std::string error_;
};

bool is_gzip(const char* bytes, std::size_t size) { return size >= 2 && std::memcmp(bytes, "\x1f\x8b", 2) == 0; }

// A frame, or one to be skipped, which parallel compressors begin with.
bool is_zstd(const char* bytes, std::size_t size) {
  if (size < 4) return false;
  if (std::memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0) return true;
  return (bytes[0] & '\xf0') == '\x50' && std::memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

class Gzip final : public Parts {
 public:
  explicit Gzip(std::unique_ptr<Input> input) : Parts(std::move(input)) {
    if (inflateInit2(&stream_, kFormat) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }

 private:
  static constexpr int kFormat = 16 + MAX_WBITS;

  bool is_magic(const char* bytes, std::size_t size) const override { return is_gzip(bytes, size); }
  void begin_part() override { inflateReset2(&stream_, kFormat); }

  std::size_t decode(char* bytes, std::size_t size) override {
    const std::size_t ahead = input().ahead(), most = std::min<std::size_t>(size, 1U << 30);
    stream_.next_in = reinterpret_cast<Bytef*>(input().data());
    stream_.avail_in = static_cast<uInt>(ahead);
    stream_.next_out = reinterpret_cast<Bytef*>(bytes);
    stream_.avail_out = static_cast<uInt>(most);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    input().skip(ahead - stream_.avail_in);
    if (status == Z_STREAM_END) {
      finish_part();
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status == Z_NEED_DICT || (status < 0 && status != Z_BUF_ERROR)) {
      fail(stream_.msg != nullptr ? stream_.msg : "the compressed data is damaged");
    }
    return most - stream_.avail_out;
  }

  z_stream stream_ = {};
};

class Zstd final : public Parts {
 public:
  explicit Zstd(std::unique_ptr<Input> input) : Parts(std::move(input)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }

 private:
  bool is_magic(const char* bytes, std::size_t size) const override { return is_zstd(bytes, size); }
  void begin_part() override { ZSTD_initDStream(stream_); }

  std::size_t decode(char* bytes, std::size_t size) override {
    ZSTD_outBuffer output{bytes, size, 0};
    ZSTD_inBuffer taken{input().data(), input().ahead(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_, &output, &taken);
    input().skip(taken.pos);
    if (ZSTD_isError(hint)) {
      fail(ZSTD_getErrorName(hint));
    } else if (hint == 0) {
      finish_part();
    }
    return output.pos;
  }

  ZSTD_DStream* stream_;
};

}  // namespace

std::string source_name(const std::string& path) { return path == "-" ? "standard input" : path; }

std::unique_ptr<Bytes> open_bytes(const std::string& path, const Waiting& waiting) {
  auto input = std::make_unique<Input>(path, waiting);
  const std::size_t ahead = input->ensure(4);
  if (is_gzip(input->data(), ahead)) return std::make_unique<Gzip>(std::move(input));
  if (is_zstd(input->data(), ahead)) return std::make_unique<Zstd>(std::move(input));
  return std::make_unique<Plain>(std::move(input));
}

}  // namespace pyjetsim
