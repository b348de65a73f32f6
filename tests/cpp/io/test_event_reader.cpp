// A file from its first to its last event, and what is told of it.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "io/events.h"
#include "io/hepmc.h"
#include "io/temporary_folder.h"

namespace pyjetsim::test {
namespace {

TEST(EventNumbers, AreRangesInside) {
  for (const std::vector<std::int64_t>& numbers :
       {std::vector<std::int64_t>{1, 2, 3, 4}, {4, 3, 2, 1}, {1, 3, 2, 4}, {7, -3, INT64_MAX, INT64_MIN, 0}, {}}) {
    EventNumbers seen;
    for (const std::int64_t number : numbers) seen.add(number);
    EXPECT_EQ(seen.warning("a"), "");
    for (const std::int64_t number : numbers) {
      EventNumbers again = seen;
      again.add(number);
      const std::string events = std::to_string(numbers.size() + 1);
      EXPECT_EQ(again.warning("a").rfind("1 of the " + events + " events of a has the number of an earlier one, the " +
                                             "first is " + std::to_string(number) + " (",
                                         0),
                0U)
          << again.warning("a");
    }
  }
}

std::vector<std::int64_t> numbers(EventReader& reader) {
  std::vector<std::int64_t> found;
  Particles particles;
  while (reader.next(particles)) found.push_back(particles.event);
  return found;
}

TEST(EventReader, ReadsToTheEnd) {
  const TemporaryFolder folder;
  for (const std::string& text : {file_text(4), hepmc2_file_text(4)}) {
    EventReader reader(folder.write("a", text), 5, false);
    EXPECT_EQ(numbers(reader), (std::vector<std::int64_t>{0, 1, 2, 3}));
    EXPECT_TRUE(reader.warnings().empty());
    Particles particles;
    EXPECT_FALSE(reader.next(particles));
  }
}

TEST(EventReader, TellsOfEqualNumbersAndACutAgainAndAgain) {
  const TemporaryFolder folder;
  const std::string event = event_text(3);
  EventReader reader(folder.write("a", kStart + event + event + event.substr(0, 100)), 5, false);
  Particles particles;
  EXPECT_TRUE(reader.next(particles));
  EXPECT_TRUE(reader.next(particles));
  EXPECT_THROW(reader.next(particles), BrokenError);
  EXPECT_THROW(reader.next(particles), BrokenError);
  EXPECT_EQ(reader.last_event(), 3);
  ASSERT_EQ(reader.warnings().size(), 1U);
  EXPECT_NE(reader.warnings()[0].find("has the number of an earlier one"), std::string::npos);
}

TEST(EventReader, ThreadsShareOne) {
  const TemporaryFolder folder;
  EventReader reader(folder.write("a", file_text(400)), 5, false);
  std::vector<std::size_t> found(4);
  std::vector<std::thread> threads;
  for (std::size_t& count : found) threads.emplace_back([&] { count = numbers(reader).size(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found[0] + found[1] + found[2] + found[3], 400U);
  EXPECT_TRUE(reader.warnings().empty());
}

}  // namespace
}  // namespace pyjetsim::test
