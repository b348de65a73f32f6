#include "io/event_texts.h"

#include <string_view>

#include "io/broken.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

constexpr std::size_t kChunk = 1 << 18;
constexpr std::string_view kHeader = "HepMC::Asciiv3-START_EVENT_LISTING";
constexpr std::string_view kEnd = "HepMC::Asciiv3-END_EVENT_LISTING";
// A header that is longer belongs to something else.
constexpr std::size_t kHeaderWithin = 4096;

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

}  // namespace

EventTexts::EventTexts(std::streambuf& source, const std::string& path) : source_(source) {
  while (buffer_.size() < kHeaderWithin && fill()) {
  }
  if (buffer_.empty() && broken_.empty()) {
    throw Error(path + " is empty", "there are no events to read", "make it anew or ask its maker for a whole copy");
  }
  if (buffer_.empty()) stop_here("");
  if (std::string_view(buffer_).substr(0, kHeaderWithin).find(kHeader) == std::string_view::npos) {
    throw Error(path + " does not begin as a HepMC3 file", "only HepMC3 ASCII events are read",
                "write it with HepMC3's WriterAscii, or convert it with pyhepmc");
  }
  Mark mark = Mark::none;
  while ((mark = find_mark()) == Mark::none) {
    if (!fill()) stop_here("it ends in its header");
  }
  start_ = scanned_ + 1;
  scanned_ = start_;
  if (mark == Mark::end) {
    start_ += kEnd.size();
    ended_ = true;
  }
}

// Stops with scanned_ at the line end before a mark, or before what may become one with more bytes.
EventTexts::Mark EventTexts::find_mark() {
  while (true) {
    const std::size_t line_end = buffer_.find('\n', scanned_);
    if (line_end == std::string::npos) {
      scanned_ = buffer_.size();
      return Mark::none;
    }
    scanned_ = line_end;
    const std::string_view rest = std::string_view(buffer_).substr(line_end + 1, kEnd.size());
    if (rest.substr(0, 2) == "E ") return Mark::event;
    if (rest == kEnd) return Mark::end;
    if (rest.size() < kEnd.size() && (rest == kEnd.substr(0, rest.size()) || rest == "E")) return Mark::none;
    ++scanned_;
  }
}

bool EventTexts::fill() {
  if (drained_) return false;
  if (start_ > 0) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  const std::size_t before = buffer_.size();
  std::streamsize got = 0;
  try {
    buffer_.resize(before + kChunk);
    got = source_.sgetn(buffer_.data() + before, static_cast<std::streamsize>(kChunk));
  } catch (const BrokenError& error) {
    broken_ = error.what();
  }
  buffer_.resize(before + static_cast<std::size_t>(got));
  drained_ = got == 0;
  return !drained_;
}

bool EventTexts::next(std::string& text) {
  if (ended_) {
    check_nothing_follows();
    return false;
  }
  Mark mark = Mark::none;
  while ((mark = find_mark()) == Mark::none) {
    if (fill()) continue;
    const std::string_view rest = std::string_view(buffer_).substr(start_);
    if (blank(rest)) stop_here("it has no end marker");
    // Before a mark that is cut there is a whole event; before another end there may be one.
    const std::size_t stop = scanned_ < buffer_.size() ? scanned_ + 1 : buffer_.size();
    if (!broken_.empty() || stop == start_ || buffer_[stop - 1] != '\n') stop_here("it ends in the middle of an event");
    take(stop, text);
    return true;
  }
  take(scanned_ + 1, text);
  if (mark == Mark::end) {
    start_ += kEnd.size();
    scanned_ = start_;
    ended_ = true;
  }
  return true;
}

void EventTexts::take(std::size_t stop, std::string& text) {
  text.assign(buffer_, start_, stop - start_);
  start_ = scanned_ = stop;
}

void EventTexts::stop_here(const std::string& why) const { throw BrokenError(broken_.empty() ? why : broken_); }

void EventTexts::check_nothing_follows() {
  do {
    if (!blank(std::string_view(buffer_).substr(start_))) throw BrokenError("it goes on behind its end marker");
    start_ = scanned_ = buffer_.size();
  } while (fill());
  if (!broken_.empty()) stop_here("");
}

}  // namespace pyjetsim
