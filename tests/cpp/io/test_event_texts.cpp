// Events are told apart wherever the stream is cut into pieces, and its end is one only where it says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "io/bytes.h"
#include "io/events.h"
#include "io/hepmc.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

struct Found {
  std::vector<std::string> events;
  std::string broken;
  std::vector<std::string> warnings;
};

Found read(const std::string& text, std::size_t piece = 1 << 20) {
  Found found;
  TextBytes source(text, piece);
  try {
    EventTexts texts(source, "a.hepmc");
    EventText event;
    while (texts.next(event)) {
      EXPECT_EQ(event.position, static_cast<std::int64_t>(found.events.size()));
      found.events.push_back(event.text);
    }
    found.warnings = texts.warnings();
  } catch (const BrokenError& error) {
    found.broken = error.what();
  }
  return found;
}

TEST(EventTexts, GivesEachEvent) {
  for (const int events : {0, 1, 3}) {
    for (const std::size_t piece : {1, 7, 100, 1 << 20}) {
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
  for (std::size_t size = first + 1; size < end; ++size) {
    const Found found = read(text.substr(0, size), 50);
    const std::size_t whole = (size - first) / length;
    ASSERT_GE(found.events.size(), whole) << size;
    ASSERT_LE(found.events.size(), whole + 1) << size;
    for (std::size_t i = 0; i < whole; ++i) EXPECT_EQ(found.events[i], event_text(static_cast<int>(i)));
    // Between two events, or two lines, nothing is missing that is known of.
    const bool in_a_line = text[size - 1] != '\n';
    EXPECT_EQ(found.broken.empty(), !in_a_line) << size;
    EXPECT_EQ(found.warnings.size(), in_a_line ? 0U : 1U) << size;
  }
}

TEST(EventTexts, SaysWhatIsWrongWithTheEnd) {
  EXPECT_EQ(read(kStart + event_text(0) + "P 4 -1").broken, "it ends in the middle of an event");
  EXPECT_EQ(read(kStart + event_text(0) + "E").broken, "it ends in the middle of an event");
  EXPECT_EQ(read(kStart).broken, "it ends in its header");
  EXPECT_EQ(read(kStart + "T a tool").broken, "it ends in its header");
}

TEST(EventTexts, TellsWhatIsUnusualAboutTheEnd) {
  const auto only_warning = [](const std::string& text, std::size_t events) {
    const Found found = read(text, 50);
    EXPECT_EQ(found.broken, "");
    EXPECT_EQ(found.events.size(), events);
    return found.warnings.size() == 1 ? found.warnings.front().substr(0, found.warnings.front().find(" (")) : "none";
  };
  const std::string text = file_text(2);
  EXPECT_EQ(only_warning(text, 2), "none");
  EXPECT_EQ(only_warning(text + std::string(1 << 20, '\n'), 2), "none");
  EXPECT_EQ(only_warning(kStart + event_text(0), 1), "a.hepmc has no end marker");
  EXPECT_EQ(only_warning(kStart + event_text(0) + kEnd.substr(0, 20), 1), "a.hepmc has no end marker");
  EXPECT_EQ(only_warning(text + "more", 2), "a.hepmc goes on behind its end marker");
  EXPECT_EQ(only_warning(text + text, 4), "a.hepmc is several listings, one behind the other");
  EXPECT_EQ(only_warning(text + hepmc2_file_text(3), 5), "a.hepmc is several listings, one behind the other");
}

TEST(EventTexts, UnitsHoldForLaterEventsOfTheListing) {
  const std::string without = "E 1 0 1\nP 1 0 22 1 1 1 2 0 1\n";
  TextBytes source(kStart + event_text(0, "MEV") + without + kEnd + kStart + without + kEnd);
  EventTexts texts(source, "a.hepmc");
  EventText event;
  for (const std::string units : {"U MEV MM", "U MEV MM", ""}) {
    ASSERT_TRUE(texts.next(event));
    EXPECT_EQ(event.units, units);
  }
}

TEST(EventTexts, NamesOfWeightsAreThoseOfTheFirstEvent) {
  const auto named = [](const std::string& head, std::string text) {
    TextBytes source(head + std::move(text) + kEnd);
    EventTexts texts(source, "a.hepmc");
    EventText event;
    EXPECT_TRUE(texts.next(event));
    EXPECT_EQ(event.n_weights, 2U);
    EXPECT_FALSE(event.renamed);
    return event.weight_names ? *event.weight_names : WeightNames();
  };
  const std::string two = "E 1 0 0\nU GEV MM\nW 1 -2.5\n";
  EXPECT_EQ(named(kStart + "W a\\|b c\n", two), (WeightNames{"a", "b c"}));
  EXPECT_EQ(named(kStart + "W a\\\\b\\|c\n", two), (WeightNames{"a\\b", "c"}));
  EXPECT_EQ(named(kStart + "W a b\n", two), (WeightNames{"a", "b"}));
  EXPECT_EQ(named(kStart + "W a\xff\\|\xc3\xa9\n", two), (WeightNames{"a?", "\xc3\xa9"}));
  EXPECT_EQ(named(kStart + "W a\\|b\\|c\n", two), WeightNames());
  EXPECT_EQ(named(kStart, two), WeightNames());
  const std::string three = "E 1 -1 -1 -1 -1 221 0 0 1 2 2 17 18 2 1 -2.5\n";
  EXPECT_EQ(named(kStart2, three + "N 2 \"a\" \"b c\"\nU GEV MM\n"), (WeightNames{"a", "b c"}));
}

TEST(EventTexts, KnowsTheFormat) {
  for (const auto& [text, format] :
       {std::pair(file_text(1), "HepMC3"), std::pair(event_text(1), "HepMC3"), std::pair(kStart + kEnd, "HepMC3"),
        std::pair(hepmc2_file_text(1), "HepMC2"), std::pair(hepmc2_event_text(1), "HepMC2")}) {
    TextBytes source(text);
    EXPECT_STREQ(EventTexts(source, "a.hepmc").format(), format);
  }
}

TEST(EventTexts, RefusesWhatIsNoHepMC) {
  for (const std::string& text : {std::string(), std::string("some text\n"), std::string(5000, '\0') + "E 1 2\n",
                                  std::string("E 1 2\n 1 11 0 0\n"), std::string("root")}) {
    EXPECT_THROW(read(text), Error);
    EXPECT_THROW(read(text, 1), Error);
  }
}

// Damaged where a compressed stream breaks: the events before are given first.
class Breaking final : public Bytes {
 public:
  explicit Breaking(const std::string& text) : text_(text) {}

  std::size_t read(char* bytes, std::size_t) override {
    if (given_ == text_.size()) throw BrokenError("it cannot be decompressed");
    const std::size_t size = std::min<std::size_t>(100, text_.size() - given_);
    text_.copy(bytes, size, given_);
    given_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t given_ = 0;
};

TEST(EventTexts, StreamThatBreaksGivesTheEventsBefore) {
  const std::string text = file_text(5);
  Breaking source(text.substr(0, text.find("E 3 ") + 40));
  EventTexts texts(source, "a.hepmc");
  EventText event;
  for (int number = 0; number < 3; ++number) {
    ASSERT_TRUE(texts.next(event));
    EXPECT_EQ(event.text, event_text(number));
  }
  EXPECT_THROW(texts.next(event), BrokenError);
}

}  // namespace
}  // namespace pyjetsim::test
