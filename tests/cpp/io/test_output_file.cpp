// An output that could not be written is refused before the work; a half-written one disappears.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "io/output_file.h"
#include "io/temporary_folder.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

std::string refusal(const std::string& path) {
  try {
    check_output(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Output, IsCheckedBeforeTheWork) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal(folder / "new.h5"), "");
  EXPECT_EQ(refusal(folder / "a/b/new.h5"), "");
  EXPECT_EQ(refusal(folder.write("old.h5", "text")), "");
  EXPECT_NE(refusal(folder / ".").find("is a folder"), std::string::npos);
  EXPECT_NE(refusal(folder / "x/").find("is a folder"), std::string::npos);
  EXPECT_NE(refusal("/dev/null").find("no regular file"), std::string::npos);
  EXPECT_NE(refusal(folder / "old.h5/x.h5").find("Not a directory"), std::string::npos);
  if (::geteuid() != 0) {
    EXPECT_NE(refusal("/new.h5").find("Permission denied"), std::string::npos);
  }
}

TEST(Output, TakesItsNameWhenItIsKept) {
  const TemporaryFolder folder;
  const std::string path = folder.write("out.h5", "old");
  {
    TemporaryName name(path);
    std::ofstream(name.name()) << "half";
    EXPECT_EQ(folder.files(), 2U);
  }
  EXPECT_EQ(folder.files(), 1U);
  EXPECT_EQ(std::filesystem::file_size(path), 3U);
  {
    TemporaryName name(path);
    std::ofstream(name.name()) << "whole";
    name.keep();
  }
  EXPECT_EQ(folder.files(), 1U);
  EXPECT_EQ(std::filesystem::file_size(path), 5U);
}

TEST(Output, FullDiskIsNamed) {
  try {
    throw_cannot_write("a.h5", ENOSPC);
  } catch (const Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "cannot write a.h5: the disk is full (what was there before is kept): free space or choose another place, "
        "then run the same command again");
  }
}

}  // namespace
}  // namespace pyjetsim::test
