// The events of a HepMC3 stream, still as text.
#pragma once

#include <cstddef>
#include <streambuf>
#include <string>

namespace pyjetsim {

// Tells the events of an Asciiv3 stream apart. What HepMC3's reader would do with a cut event is print and stop as if
// the file ended there; so that it is given whole events only.
class EventTexts {
 public:
  // Reads up to the first event. Throws Error for what does not begin as HepMC3, BrokenError where it breaks in its
  // header. `path` is for messages; `source` must outlive this.
  EventTexts(std::streambuf& source, const std::string& path);

  // Gives the next event, from its line E to the next; false after the last. Throws BrokenError where the stream
  // breaks, after all events before that were given.
  bool next(std::string& text);

 private:
  enum class Mark { none, event, end };

  bool fill();
  Mark find_mark();
  void take(std::size_t stop, std::string& text);
  [[noreturn]] void stop_here(const std::string& why) const;
  void check_nothing_follows();

  std::streambuf& source_;
  std::string buffer_;
  std::size_t start_ = 0;    // of the next event in the buffer
  std::size_t scanned_ = 0;  // from here on nobody has looked for the next mark
  bool drained_ = false;
  std::string broken_;  // why it was drained, if not because it ended
  bool ended_ = false;
};

}  // namespace pyjetsim
