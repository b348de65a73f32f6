// What the stream gives is what the file holds, whatever its compression, and damage is told after what came before.
#include <gtest/gtest.h>
#include <unistd.h>

#include <istream>
#include <random>
#include <string>
#include <tuple>

#include "io/broken.h"
#include "io/compress.h"
#include "io/input_buffer.h"
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

std::string read_all(const std::string& path, std::size_t piece, std::string* broken = nullptr) {
  std::string text, part(piece, '\0');
  try {
    InputBuffer buffer(path);
    while (const std::streamsize got = buffer.sgetn(part.data(), static_cast<std::streamsize>(piece))) {
      text.append(part, 0, static_cast<std::size_t>(got));
    }
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

TEST_P(EachCompression, IsAStreamForIstream) {
  const TemporaryFolder folder;
  InputBuffer buffer(folder.write("file", GetParam()("one two\nthree\n")));
  std::istream stream(&buffer);
  std::string word, line, rest;
  stream >> word;
  std::getline(stream, line);
  char letters[3];
  stream.read(letters, 3);
  std::getline(stream, rest);
  EXPECT_EQ(std::tie(word, line, rest), std::make_tuple(std::string("one"), std::string(" two"), std::string("ee")));
  EXPECT_EQ(stream.peek(), std::istream::traits_type::eof());
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

TEST(GzipInput, ZerosBehindAreNothingAndOtherBytesAreDamage) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_all(folder.write("zeros", gzip("text") + std::string(100'000, '\0')), 4096), "text");
  std::string broken;
  EXPECT_EQ(read_all(folder.write("bytes", gzip("text") + "more"), 4096, &broken), "text");
  EXPECT_NE(broken, "");
}

TEST(Input, ThatCannotBeOpenedIsAnError) {
  const TemporaryFolder folder;
  EXPECT_THROW(InputBuffer(folder / "none"), Error);
  EXPECT_THROW(InputBuffer(folder / "."), Error);
  EXPECT_THROW(InputBuffer("/dev/zero"), Error);
  if (::geteuid() != 0) {
    const std::string path = folder.write("mine", "text");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    EXPECT_THROW(InputBuffer{path}, Error);
  }
}

}  // namespace
}  // namespace pyjetsim::test
