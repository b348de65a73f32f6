// What is read is what the file holds, whatever its compression, and damage is told after what came before.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "io/bytes.h"
#include "io/compress.h"
#include "io/temporary_folder.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

// Hard to compress, so that a compressed megabyte is many blocks.
std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string text(size, '\0');
  for (char& character : text) character = static_cast<char>('0' + random() % 40);
  return text;
}

std::string read_all(const std::string& path, std::size_t piece, std::string* broken = nullptr,
                     bool* goes_on = nullptr) {
  std::string text, part(piece, '\0');
  try {
    const auto bytes = open_bytes(path);
    while (const std::size_t got = bytes->read(part.data(), piece)) text.append(part, 0, got);
    if (goes_on != nullptr) *goes_on = bytes->goes_on();
  } catch (const BrokenError& error) {
    if (broken == nullptr) throw;
    *broken = error.what();
  }
  return text;
}

std::string as_is(const std::string& text) { return text; }

using Compress = std::string (*)(const std::string&);
class EachCompression : public testing::TestWithParam<Compress> {};
INSTANTIATE_TEST_SUITE_P(Input, EachCompression, testing::Values(&as_is, &gzip, &zstd));

TEST_P(EachCompression, GivesTheContent) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0, 1, 3, 70'000, 1'000'000}) {
    const std::string text = noise(size);
    const std::string path = folder.write("file", GetParam()(text));
    for (const std::size_t piece : {1 << 10, 1 << 16, 3 << 20}) EXPECT_EQ(read_all(path, piece), text) << size;
  }
}

TEST_P(EachCompression, PartsBehindEachOtherAreOne) {
  const TemporaryFolder folder;
  const std::string a = noise(1000), b = noise(100'000);
  const std::string path = folder.write("file", GetParam()(a) + GetParam()(b));
  EXPECT_EQ(read_all(path, 4096), a + b);
}

class Compressed : public testing::TestWithParam<Compress> {};
INSTANTIATE_TEST_SUITE_P(Input, Compressed, testing::Values(&gzip, &zstd));

TEST_P(Compressed, CutAnywhereGivesWhatCameBefore) {
  const TemporaryFolder folder;
  const std::string text = noise(400'000), whole = GetParam()(text);
  std::size_t most = 0;
  for (std::size_t size = 5; size < whole.size(); size += 20'011) {
    std::string broken;
    const std::string got = read_all(folder.write("file", whole.substr(0, size)), 1 << 14, &broken);
    EXPECT_EQ(text.compare(0, got.size(), got), 0);
    EXPECT_EQ(broken, "it cannot be decompressed (the compressed data ends too early)");
    most = std::max(most, got.size());
  }
  EXPECT_GT(most, text.size() / 2);
}

TEST_P(Compressed, DamageIsFound) {
  const TemporaryFolder folder;
  const std::string text = noise(400'000);
  std::string damaged = GetParam()(text);
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 2000; ++i) damaged[i] ^= '\x5a';
  std::string broken;
  const std::string got = read_all(folder.write("file", damaged), 1 << 14, &broken);
  EXPECT_LT(got.size(), text.size());
  EXPECT_EQ(broken.rfind("it cannot be decompressed (", 0), 0U) << broken;
}

TEST_P(Compressed, WhatStandsBehind) {
  const TemporaryFolder folder;
  const std::string part = GetParam()("text");
  for (const auto& [behind, told] : {std::pair(std::string(), false), std::pair(std::string(100'000, '\0'), false),
                                     std::pair(std::string("more"), true), std::pair(std::string("\x1f"), true),
                                     std::pair(std::string("\0\n", 2), true)}) {
    bool goes_on = !told;
    EXPECT_EQ(read_all(folder.write("file", part + behind), 4096, nullptr, &goes_on), "text");
    EXPECT_EQ(goes_on, told);
  }
}

TEST(Zstd, FramesToBeSkipped) {
  const TemporaryFolder folder;
  const std::string skipped("\x5f\x2a\x4d\x18\x03\0\0\0abc", 11);
  EXPECT_EQ(read_all(folder.write("file", skipped + zstd("one") + skipped + skipped + zstd("two") + skipped), 4096),
            "onetwo");
  EXPECT_EQ(read_all(folder.write("file", skipped), 4096), "");
}

TEST(Bytes, ThatCannotBeOpenedAreAnError) {
  const TemporaryFolder folder;
  EXPECT_THROW(open_bytes(folder / "none"), Error);
  EXPECT_THROW(open_bytes(folder / "."), Error);
  EXPECT_THROW(open_bytes(""), Error);
  EXPECT_THROW(open_bytes(folder.write("file", "text") + "/file"), Error);
  if (::geteuid() != 0) {
    const std::string path = folder.write("mine", "text");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    EXPECT_THROW(open_bytes(path), Error);
  }
}

TEST(Bytes, OfAPipeAreWaitedFor) {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream pipe(path, std::ios::binary);
    for (const std::string& part : {gzip("one "), gzip("two")}) {
      pipe << part << std::flush;
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
  });
  EXPECT_EQ(read_all(path, 4096), "one two");
  writer.join();
}

TEST_P(EachCompression, OfAPipeAreGivenBeforeMoreIsWaitedFor) {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int pipe = ::open(path.c_str(), O_RDWR);
  ASSERT_GE(pipe, 0);
  const auto write = [&](const std::string& text) {
    const std::string part = GetParam()(text);
    EXPECT_EQ(::write(pipe, part.data(), part.size()), static_cast<ssize_t>(part.size()));
  };
  const std::string first = noise(20'000);
  write(first);
  const auto bytes = open_bytes(path, [] { throw std::runtime_error("nothing comes"); });
  for (const std::string& text : {first, std::string("more")}) {
    if (text != first) write(text);
    std::string got(1 << 16, '\0');
    got.resize(bytes->read(got.data(), got.size()));
    EXPECT_EQ(got, text);
    EXPECT_THROW(bytes->read(got.data(), 1), std::runtime_error);
  }
  ::close(pipe);
}

TEST(Bytes, WithoutAnEndCanBeGivenUp) {
  int asked = 0;
  const auto bytes = open_bytes("/dev/zero", [&asked] {
    if (++asked == 2) throw std::runtime_error("enough");
  });
  std::string part(1 << 16, '\0');
  EXPECT_THROW(while (true) bytes->read(part.data(), part.size()), std::runtime_error);
}

TEST(Bytes, OfAPipeWithoutAWriterCanBeGivenUp) {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  int asked = 0;
  const auto give_up = [&asked] {
    if (++asked == 2) throw std::runtime_error("enough");
  };
  EXPECT_THROW(open_bytes(path, give_up), std::runtime_error);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace pyjetsim::test
