// The events of a HepMC file, still as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/bytes.h"

namespace pyjetsim {

struct EventText {
  std::string text;             // from its line E to the next
  std::string units;            // its line U, or that of an earlier event; empty where none had one
  bool borrowed_units = false;  // of an earlier event
  std::int64_t position = 0;    // in the file, from 0
  bool is_io_ascii = false;     // of the oldest HepMC2, whose particles have no mass
};

// Tells the events of HepMC3's and HepMC2's ASCII files apart, whose header and end marker may be missing. Several of
// them joined are one.
class EventTexts {
 public:
  // Reads up to the first event. Throws Error for what is no HepMC, BrokenError where it breaks in its header. `path`
  // is for messages; `source` must outlive this.
  EventTexts(Bytes& source, const std::string& path);

  // Gives the next event; false after the last. Throws BrokenError where the stream breaks, after all events before
  // that were given.
  bool next(EventText& event);

  // Of the first event: "HepMC3" or "HepMC2"; HepMC3 for a file without events.
  const char* format() const { return format_; }

  // To be asked after the last event: what is unusual about the end, though every event was given. Each reads as an
  // Error.
  std::vector<std::string> warnings() const;

 private:
  enum class Mark { none, event, listing };

  bool fill();
  bool find_start();
  bool starts_without_header(std::string_view line);
  Mark seek();
  Mark mark_at_line(bool& undecided) const;
  bool enter();
  void pass_listing();
  void begin_listing(std::string_view kind);
  void look_behind_end();
  std::string_view rest(std::size_t from) const { return std::string_view(buffer_).substr(from); }

  Bytes& source_;
  std::string name_;
  const char* format_ = "HepMC3";
  std::string buffer_;
  std::size_t start_ = 0;    // of the event in the buffer
  std::size_t line_ = 0;     // of the line that is looked at
  std::size_t scanned_ = 0;  // from here on nobody has looked for the line's end
  bool inside_ = false;      // of an event, from start_ on
  bool drained_ = false;
  std::string broken_;  // why it was drained, if not because it ended

  std::string units_;
  std::int64_t events_ = 0;
  bool is_io_ascii_ = false;
  bool closed_ = false;   // behind an end marker
  bool joined_ = false;   // with another listing behind it
  bool goes_on_ = false;  // with something else behind it
};

}  // namespace pyjetsim
