// Damaged files, thousands of them: read or refused, and nothing else. The same ones in every run, within a time.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include "io/bytes.h"
#include "io/compress.h"
#include "io/events.h"
#include "io/hepmc.h"
#include "io/temporary_folder.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

constexpr int kFiles = 4'000;
constexpr std::chrono::seconds kLongest(30);

std::string damaged(std::string text, std::mt19937& random) {
  static const std::string pieces[] = {"\n",          "E ",
                                       "P ",          "V -1 0 [1,2]\n",
                                       "-1",          "999999999999",
                                       "1e999",       "nan",
                                       "[",           "]",
                                       ",",           "U\n",
                                       "HepMC::",     "\r",
                                       " ",           "-",
                                       "2147483647",  kEnd,
                                       kStart,        "E 0 0 0\n",
                                       "-2147483648", "\xff"};
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    const std::size_t length = 1 + random() % 20;
    switch (random() % 6) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, pieces[random() % (sizeof pieces / sizeof *pieces)]);
        break;
      case 3:
        text.replace(at, length, pieces[random() % (sizeof pieces / sizeof *pieces)]);
        break;
      case 4:
        text.insert(random() % text.size(), text.substr(at, length * 8));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

struct Seen {
  int events = 0, refused = 0, broken = 0;
};

void read(Bytes& source, EventParser& parser, Seen& seen) {
  Particles particles;
  EventText text;
  EventTexts texts(source, "a.hepmc");
  while (texts.next(text)) {
    parser.parse(text, particles);
    ASSERT_EQ(particles.momenta.size(), 3 * particles.pid.size());
    ASSERT_EQ(particles.masses.size(), particles.pid.size());
    ++seen.events;
  }
}

template <typename Make>
Seen read_many(int files, const Make& make) {
  Seen seen;
  EventParser parser(5, false);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < files && std::chrono::steady_clock::now() - began < kLongest; ++i) {
    std::mt19937 random(static_cast<unsigned>(i));
    try {
      make(random, [&parser, &seen](Bytes& source) { read(source, parser, seen); });
    } catch (const Error&) {
      ++seen.refused;
    } catch (const BrokenError&) {
      ++seen.broken;
    }
  }
  return seen;
}

TEST(Fuzz, DamagedText) {
  const std::string good[] = {file_text(3), hepmc2_file_text(3)};
  const Seen seen = read_many(kFiles, [&good](std::mt19937& random, const auto& read_from) {
    TextBytes source(damaged(good[random() % 2], random), 1 + random() % 1000);
    read_from(source);
  });
  // All three ways are taken, or nothing was tried.
  EXPECT_GT(seen.events, 100);
  EXPECT_GT(seen.refused, 10);
  EXPECT_GT(seen.broken, 100);
}

TEST(Fuzz, DamagedCompression) {
  const TemporaryFolder folder;
  const std::string text = file_text(50);
  const std::string good[] = {gzip(text), zstd(text)};
  const Seen seen = read_many(kFiles / 10, [&](std::mt19937& random, const auto& read_from) {
    read_from(*open_bytes(folder.write("file", damaged(good[random() % 2], random))));
  });
  EXPECT_GT(seen.broken, 10);
}

}  // namespace
}  // namespace pyjetsim::test
