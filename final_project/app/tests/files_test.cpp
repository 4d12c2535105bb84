#include "scratch_directory.hpp"

#include <lln/app/files.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <system_error>

namespace lln::app {
namespace {

using testing::content;
using testing::ScratchDirectory;

TEST(Files, WritesAndReplacesWhole) {
  const ScratchDirectory directory;
  const std::string path = directory / "report.json";
  write_file(path, "a long first version");
  write_file(path, "short");
  EXPECT_EQ(content(path), "short") << "nothing of the longer old file may remain";
  EXPECT_EQ(directory.entries(), 1u) << "no temporary file is left";
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u) << "other users may read reports";
}

TEST(Files, FullDiskIsAClearErrorAndKeepsNothing) {
  try {
    write_file("/dev/full", "text");
    FAIL() << "/dev/full took the text";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_space_on_device);
    EXPECT_NE(std::string(error.what()).find("cannot write /dev/full"), std::string::npos) << error.what();
  }
}

TEST(Files, MissingDirectoryNamesThePath) {
  const ScratchDirectory directory;
  const std::string path = directory / "missing/report.json";
  try {
    write_file(path, "text");
    FAIL() << "wrote into a directory that does not exist";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
  }
  EXPECT_EQ(directory.entries(), 0u);
}

TEST(Files, MakesNestedDirectories) {
  const ScratchDirectory directory;
  make_directory(directory / "a/b");
  make_directory(directory / "a/b");
  write_file(directory / "a/b/c", "text");
  EXPECT_EQ(content(directory / "a/b/c"), "text");
}

TEST(Files, AFileInTheWayOfADirectoryIsAnError) {
  const ScratchDirectory directory;
  write_file(directory / "a", "text");
  EXPECT_THROW(make_directory(directory / "a"), std::system_error);
}

}  // namespace
}  // namespace lln::app
