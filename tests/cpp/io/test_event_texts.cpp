// Events are told apart wherever the stream is cut into pieces, and its end is one only where it says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "io/broken.h"
#include "io/event_texts.h"
#include "io/events.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

struct Found {
  std::vector<std::string> events;
  std::string broken;
};

// Gives so many bytes at a time, as a slow disk may.
class Pieces : public std::stringbuf {
 public:
  Pieces(const std::string& text, std::streamsize piece) : std::stringbuf(text), piece_(piece) {}

 protected:
  std::streamsize xsgetn(char* bytes, std::streamsize size) override {
    return std::stringbuf::xsgetn(bytes, std::min(size, piece_));
  }

 private:
  std::streamsize piece_;
};

Found read(const std::string& text, std::streamsize piece = 1 << 20) {
  Found found;
  Pieces source(text, piece);
  try {
    EventTexts texts(source, "a.hepmc");
    std::string event;
    while (texts.next(event)) found.events.push_back(event);
  } catch (const BrokenError& error) {
    found.broken = error.what();
  }
  return found;
}

TEST(EventTexts, GivesEachEvent) {
  for (const int events : {0, 1, 3}) {
    for (const std::streamsize piece : {1, 7, 100, 1 << 20}) {
      const Found found = read(file_text(events), piece);
      EXPECT_EQ(found.broken, "");
      ASSERT_EQ(found.events.size(), static_cast<std::size_t>(events));
      for (int number = 0; number < events; ++number) {
        EXPECT_EQ(found.events[static_cast<std::size_t>(number)], event_text(number));
      }
    }
  }
}

TEST(EventTexts, LargeEventsAndLongHeaders) {
  std::string large = event_text(0);
  for (int i = 0; i < 50'000; ++i) large += "A 0 note an attribute that fills a line\n";
  std::string header = kStart + "T ";
  header += std::string(9000, 'x') + "\n";
  const Found found = read(header + large + event_text(1) + large + kEnd);
  EXPECT_EQ(found.broken, "");
  EXPECT_EQ(found.events, (std::vector<std::string>{large, event_text(1), large}));
}

TEST(EventTexts, CutAnywhereKeepsTheEventsBefore) {
  const std::string text = file_text(3);
  const std::size_t first = text.find("\nE 0") + 1, end = text.find(kEnd);
  const std::size_t length = event_text(0).size();
  for (std::size_t size = first; size < end; ++size) {
    const Found found = read(text.substr(0, size), 50);
    const std::size_t whole = (size - first) / length;
    ASSERT_GE(found.events.size(), whole) << size;
    ASSERT_LE(found.events.size(), whole + 1) << size;
    for (std::size_t i = 0; i < whole; ++i) EXPECT_EQ(found.events[i], event_text(static_cast<int>(i)));
    EXPECT_NE(found.broken, "") << size;
  }
}

TEST(EventTexts, SaysWhatIsWrongWithTheEnd) {
  EXPECT_EQ(read(kStart + event_text(0)).broken, "it has no end marker");
  EXPECT_EQ(read(kStart + event_text(0) + "P 4 -1").broken, "it ends in the middle of an event");
  EXPECT_EQ(read(kStart).broken, "it ends in its header");
  EXPECT_EQ(read(kStart + "T a tool").broken, "it ends in its header");
  const std::string text = file_text(2);
  const Found joined = read(text + text);
  EXPECT_EQ(joined.events.size(), 2U);
  EXPECT_EQ(joined.broken, "it goes on behind its end marker");
  EXPECT_EQ(read(text + std::string(1 << 20, '\n')).broken, "");
}

TEST(EventTexts, RefusesWhatIsNoHepMC3) {
  for (const std::string& text : {std::string(), std::string("some text\n"), std::string(5000, '\0') + kStart,
                                  std::string("HepMC::Version 3\nHepMC::IO_GenEvent-START_EVENT_LISTING\nE 1\n")}) {
    EXPECT_THROW(read(text), Error);
  }
}

// Damaged where a compressed stream breaks: the events before are given first.
class Breaking : public std::streambuf {
 public:
  explicit Breaking(const std::string& text) : text_(text) {}

 protected:
  std::streamsize xsgetn(char* bytes, std::streamsize) override {
    if (given_ == text_.size()) throw BrokenError("it cannot be decompressed");
    const std::size_t size = std::min<std::size_t>(100, text_.size() - given_);
    text_.copy(bytes, size, given_);
    given_ += size;
    return static_cast<std::streamsize>(size);
  }

 private:
  std::string text_;
  std::size_t given_ = 0;
};

TEST(EventTexts, StreamThatBreaksGivesTheEventsBefore) {
  const std::string text = file_text(5);
  Breaking source(text.substr(0, text.find("E 3 ") + 40));
  EventTexts texts(source, "a.hepmc");
  std::string event;
  for (int number = 0; number < 3; ++number) {
    ASSERT_TRUE(texts.next(event));
    EXPECT_EQ(event, event_text(number));
  }
  EXPECT_THROW(texts.next(event), BrokenError);
}

}  // namespace
}  // namespace pyjetsim::test
