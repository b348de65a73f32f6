#include <algorithm>
#include <utility>

#include "io/bytes.h"
#include "io/hepmc.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

constexpr std::size_t kChunk = 1 << 18;
// A beginning that is longer belongs to something else. Programs may print a greeting before their events.
constexpr std::size_t kStartsWithin = 1 << 16;
constexpr std::size_t kKnownWithin = 512;
constexpr std::string_view kListing = "HepMC::";
constexpr std::string_view kStart = "-START_EVENT_LISTING";
constexpr std::string_view kEnd = "-END_EVENT_LISTING";
constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char lead = byte(at);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 4
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                             : lead < 0xf5 ? 3
                                           : 4;
    if (more == 4 || text.size() - at <= more) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) return false;
    }
    // Longer than need be, halves of a pair, or beyond the last character.
    if ((lead == 0xe0 && byte(at + 1) < 0xa0) || (lead == 0xed && byte(at + 1) >= 0xa0) ||
        (lead == 0xf0 && byte(at + 1) < 0x90) || (lead == 0xf4 && byte(at + 1) >= 0x90)) {
      return false;
    }
    at += more + 1;
  }
  return true;
}

// As files of jets can hold them, whose texts are UTF-8 and end at a zero.
void make_texts(WeightNames& names) {
  for (std::string& name : names) {
    const bool good = is_utf8(name);
    const auto bad = [&](char letter) {
      const auto code = static_cast<unsigned char>(letter);
      return code < ' ' || code == 0x7f || (code > 0x7f && !good);
    };
    std::replace_if(name.begin(), name.end(), bad, '?');
  }
}

// Of a line `N 2 "first" "second"`, as HepMC2 writes it behind the line E of each event.
WeightNames quoted_names(std::string_view line) {
  WeightNames names;
  std::size_t at = line.find('"');
  while (at != std::string_view::npos) {
    const std::size_t end = line.find('"', at + 1);
    if (end == std::string_view::npos) break;
    names.emplace_back(line.substr(at + 1, end - at - 1));
    at = line.find('"', end + 1);
  }
  return names;
}

// Of a line `W first\|second`, as HepMC3 writes it in its header, where `\|` is an end of line and `\\` one `\`.
WeightNames escaped_names(std::string_view line) {
  WeightNames names(1);
  for (std::size_t at = 2; at < line.size(); ++at) {
    if (line[at] != '\\' || at + 1 == line.size()) {
      names.back() += line[at];
    } else if (line[++at] == '|') {
      names.emplace_back();
    } else {
      names.back() += line[at];
    }
  }
  return names;
}

// As HepMC3's reader tells them apart, which takes every blank for an end.
WeightNames split_names(const WeightNames& names) {
  WeightNames all;
  for (const std::string& name : names) {
    for (std::size_t at = name.find_first_not_of(kBlanks); at < name.size();) {
      const std::size_t end = std::min(name.find_first_of(kBlanks, at), name.size());
      all.push_back(name.substr(at, end - at));
      at = std::min(name.find_first_not_of(kBlanks, end), name.size());
    }
  }
  return all;
}

bool blank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool ends(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t last = line.find_last_not_of(kBlanks);
  return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// A line of this letter.
bool is_line(std::string_view line, char letter) {
  return line.size() > 1 && line[0] == letter && (line[1] == ' ' || line[1] == '\t');
}

// Whether so many words follow the letter, the first ones numbers at first sight.
std::size_t numbers(std::string_view line, bool& numeric) {
  std::size_t count = 0;
  numeric = true;
  std::string_view rest = line.substr(1);
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (rest.empty()) return count;
    if (count < 3) numeric = numeric && std::string_view("+-0123456789").find(rest[0]) != std::string_view::npos;
    ++count;
    rest.remove_prefix(std::min(rest.find_first_of(kBlanks), rest.size()));
  }
}

}  // namespace

EventTexts::EventTexts(Bytes& source, const std::string& path) : source_(source), name_(source_name(path)) {
  while (!find_start()) {
    // A line at the end is looked at once more.
    const bool at_end = drained_;
    if (buffer_.size() < kStartsWithin && (fill() || !at_end)) continue;
    if (!broken_.empty()) throw BrokenError(broken_);
    if (blank(buffer_)) {
      throw Error(name_ + (buffer_.empty() ? " is empty" : " holds nothing but blanks"), "there are no events to read",
                  "make it anew or ask its maker for a whole copy");
    }
    throw Error(name_ + " does not begin as a HepMC file", kOnlyHepMC,
                "write it as HepMC3, with WriterAscii or pyhepmc");
  }
  enter();
}

// Sets line_ to where the events or their header begin.
bool EventTexts::find_start() {
  if (buffer_.size() >= kKnownWithin || drained_) refuse_other_kinds(buffer_, name_);
  bool of_a_header = true;
  for (std::size_t at = begins(buffer_, kByteOrderMark) ? kByteOrderMark.size() : 0; at < buffer_.size();) {
    const std::size_t stop = buffer_.find('\n', at);
    if (stop == std::string::npos && !drained_) return false;
    const std::string_view line = trimmed(rest(at).substr(0, stop - at));
    const bool is_start = begins(line, kListing) && ends(line, kStart);
    if (is_start || (of_a_header && is_line(line, 'E') && starts_without_header(line))) {
      line_ = scanned_ = at;
      return true;
    }
    if (of_a_header && is_line(line, 'W')) names_line_ = line;
    of_a_header = of_a_header && (line.empty() || begins(line, kListing) || is_line(line, 'W') || is_line(line, 'T') ||
                                  is_line(line, 'A') || is_line(line, 'N'));
    if (stop == std::string::npos) return false;
    at = stop + 1;
  }
  return false;
}

bool EventTexts::starts_without_header(std::string_view line) {
  bool numeric = false;
  const std::size_t words = numbers(line, numeric);
  if (numeric && words == 2) {
    throw Error(name_ + " is a HEPEVT file", kOnlyHepMC,
                "convert it to HepMC3, with the program that wrote it or HepMC3's ReaderHEPEVT");
  }
  if (words > 3 && line.find('@') == std::string_view::npos) format_ = "HepMC2";
  return numeric && words > 2;
}

// Reads on. What belongs to no event that is still to be given is forgotten.
bool EventTexts::fill() {
  if (drained_) return false;
  const std::size_t used = inside_ ? start_ : line_;
  buffer_.erase(0, used);
  start_ -= std::min(start_, used);
  line_ -= used;
  scanned_ -= std::min(scanned_, used);
  const std::size_t before = buffer_.size();
  std::size_t got = 0;
  try {
    buffer_.resize(before + kChunk);
    got = source_.read(buffer_.data() + before, kChunk);
  } catch (const BrokenError& error) {
    broken_ = error.what();
  } catch (...) {  // such as an interrupted wait, after which reading may go on
    buffer_.resize(before);
    throw;
  }
  buffer_.resize(before + got);
  drained_ = got == 0;
  return !drained_;
}

EventTexts::Mark EventTexts::mark_at_line(bool& undecided) const {
  const std::string_view text = rest(line_);
  undecided = !drained_ && text.size() < kListing.size();
  if (undecided) return Mark::none;
  if (is_line(text, 'E') || (drained_ && text == "E")) return Mark::event;
  // At the end, one that is cut.
  if (!begins(text, kListing) && (text.empty() || !begins(kListing, text))) return Mark::none;
  undecided = !drained_ && text.find('\n') == std::string_view::npos;
  return undecided ? Mark::none : Mark::listing;
}

// Moves line_ to the next mark, or to where the source ends: behind its last line, or at one that is cut.
EventTexts::Mark EventTexts::seek() {
  while (true) {
    bool undecided = false;
    const Mark mark = inside_ && line_ == start_ ? Mark::none : mark_at_line(undecided);
    if (mark != Mark::none) return mark;
    if (!undecided) {
      const std::size_t stop = buffer_.find('\n', std::max(scanned_, line_));
      if (stop != std::string::npos) {
        const std::string_view line = rest(line_).substr(0, stop - line_);
        if (!inside_ && is_line(line, 'W')) names_line_ = trimmed(line);
        line_ = scanned_ = stop + 1;
        continue;
      }
      scanned_ = buffer_.size();
    }
    // A line at the end is looked at once more.
    const bool at_end = drained_;
    if (!fill() && at_end) return Mark::none;
  }
}

// Goes to the next event; false behind the last.
bool EventTexts::enter() {
  while (!closed_) {
    switch (seek()) {
      case Mark::event:
        start_ = line_;
        inside_ = true;
        return true;
      case Mark::listing:
        pass_listing();
        break;
      case Mark::none:
        if (!broken_.empty()) throw BrokenError(broken_);
        if (events_ == 0) throw BrokenError("it ends in its header");
        return false;
    }
  }
  if (!broken_.empty()) throw BrokenError(broken_);
  return false;
}

void EventTexts::pass_listing() {
  const std::size_t stop = std::min(buffer_.find('\n', line_), buffer_.size() - 1);
  const std::string_view line = trimmed(rest(line_).substr(0, stop + 1 - line_));
  if (ends(line, kStart)) begin_listing(line.substr(kListing.size(), line.size() - kListing.size() - kStart.size()));
  const bool at_end = ends(line, kEnd);
  line_ = scanned_ = stop + 1;
  if (at_end) look_behind_end();
}

void EventTexts::begin_listing(std::string_view kind) {
  joined_ = joined_ || events_ > 0;
  is_io_ascii_ = kind == "IO_Ascii";
  units_.clear();
  names_line_.clear();
  if (kind != "Asciiv3" && kind != "IO_GenEvent" && kind != "IO_ExtendedAscii" && !is_io_ascii_) {
    const std::string what = "a listing of HepMC's kind " + std::string(kind.substr(0, 40));
    if (events_ > 0) throw BrokenError(what + " follows");
    throw Error(name_ + " is " + what, "only HepMC3's Asciiv3 and HepMC2's IO_GenEvent and IO_Ascii are read",
                "convert it to HepMC3");
  }
  if (events_ == 0) format_ = kind == "Asciiv3" ? "HepMC3" : "HepMC2";
}

void EventTexts::look_behind_end() {
  do {
    line_ = std::min(buffer_.find_first_not_of(kBlanks, line_), buffer_.size());
  } while (buffer_.size() - line_ < kListing.size() && fill());
  const std::string_view text = rest(line_);
  scanned_ = line_;
  closed_ = !begins(text, kListing) && !is_line(text, 'E');
  joined_ = joined_ || !closed_;
  goes_on_ = closed_ && !text.empty();
}

bool EventTexts::next(EventText& event) {
  if (!inside_ && !enter()) return false;
  const Mark mark = seek();
  if (mark == Mark::none) {
    if (!broken_.empty()) throw BrokenError(broken_);
    if (!blank(rest(line_))) throw BrokenError("it ends in the middle of an event");
  }
  event.text.assign(buffer_, start_, line_ - start_);
  event.is_io_ascii = is_io_ascii_;
  look_at_head(event);
  add_weights(event);
  event.position = events_++;
  inside_ = mark == Mark::event;
  start_ = line_;
  return true;
}

// What its lines say that hold for later events, too.
void EventTexts::look_at_head(EventText& event) {
  event.borrowed_units = !units_.empty();
  bool has_units = false;
  bool is_head = true;
  for (std::size_t at = event.text.find('\n'); at + 1 < event.text.size() && (is_head || !has_units);
       at = event.text.find('\n', at + 1)) {
    const std::string_view rest = std::string_view(event.text).substr(at + 1);
    is_head = is_head && rest[0] != 'P' && rest[0] != 'V';
    if (is_head && is_line(rest, 'N')) names_line_ = trimmed(rest.substr(0, rest.find('\n')));
    if (has_units || !is_line(rest, 'U')) continue;
    units_ = trimmed(rest.substr(0, rest.find('\n')));
    event.borrowed_units = false;
    has_units = true;
  }
  event.units = units_;
}

// A file of jets has as many weights for each: those of the first event.
void EventTexts::add_weights(EventText& event) {
  if (events_ == 0) {
    n_weights_ = count_weights(event);
    first_names_line_ = names_line_;
    WeightNames names = is_line(names_line_, 'N') ? quoted_names(names_line_) : escaped_names(names_line_);
    if (names.size() != n_weights_) names = split_names(names);
    if (names.size() == n_weights_ && !names_line_.empty()) {
      make_texts(names);
      weight_names_ = std::make_shared<const WeightNames>(std::move(names));
    }
  }
  event.n_weights = n_weights_;
  event.weight_names = weight_names_;
  event.renamed = weight_names_ != nullptr && names_line_ != first_names_line_;
}

std::vector<std::string> EventTexts::warnings() const {
  std::vector<std::string> told;
  const auto tell = [&](const std::string& wrong, const char* why, const char* todo) {
    told.push_back(Error(name_ + " " + wrong, why, todo).what());
  };
  if (!closed_) {
    tell("has no end marker", "its last event is whole, but more may have followed",
         "compare its number of events with what was written");
  }
  if (joined_) {
    tell("is several listings, one behind the other", "all their events are read, and may share their numbers",
         "check that they belong together");
  }
  if (goes_on_ || source_.goes_on()) {
    tell(goes_on_ ? "goes on behind its end marker" : "goes on behind its compressed data",
         "what follows is no event and is left out", "check how it was written");
  }
  return told;
}

}  // namespace pyjetsim
