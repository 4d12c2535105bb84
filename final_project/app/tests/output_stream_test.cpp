#include "scratch_directory.hpp"

#include <lln/app/output_stream.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <system_error>

namespace lln::app {
namespace {

using testing::content;
using testing::ScratchDirectory;

TEST(OutputStream, RecordsLieOneBehindTheOther) {
  const ScratchDirectory directory;
  const std::string path = directory / "stream";
  OutputStream stream(path);
  constexpr std::uint64_t count = 5'000;  // several buffers
  for (std::uint64_t i = 1; i <= count; ++i) stream.put(feed::BooksReplaced{i});
  EXPECT_FALSE(stream.flushed());
  stream.close();
  EXPECT_EQ(stream.records(), count);
  const std::string bytes = content(path);
  ASSERT_EQ(bytes.size(), count * feed::output_record_size);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto* at = reinterpret_cast<const std::byte*>(&bytes[(i - 1) * feed::output_record_size]);
    const auto record = feed::decode_output(std::span<const std::byte, feed::output_record_size>(at, 40));
    ASSERT_TRUE(record == feed::OutputRecord{feed::BooksReplaced{i}}) << "record " << i;
  }
}

TEST(OutputStream, NothingIsWrittenUntilTheBufferIsFull) {
  const ScratchDirectory directory;
  const std::string path = directory / "stream";
  OutputStream stream(path);
  for (std::uint64_t i = 1; i <= 1'638; ++i) stream.put(feed::SessionEnd{i});
  EXPECT_EQ(content(path).size(), 0u);
  stream.put(feed::SessionEnd{1'639});
  EXPECT_EQ(content(path).size(), 1'638 * feed::output_record_size);
  stream.flush();
  EXPECT_TRUE(stream.flushed());
  EXPECT_EQ(content(path).size(), 1'639 * feed::output_record_size);
}

TEST(OutputStream, AnOldFileIsEmptied) {
  const ScratchDirectory directory;
  const std::string path = directory / "stream";
  std::ofstream(path) << std::string(1000, 'x');
  OutputStream stream(path);
  stream.put(feed::SessionEnd{1});
  stream.close();
  EXPECT_EQ(content(path).size(), feed::output_record_size);
}

TEST(OutputStream, WhereNothingCanBeWrittenIsSaid) {
  try {
    const OutputStream stream("/nonexistent/stream");
    FAIL() << "opened";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot publish to /nonexistent/stream"), std::string::npos);
  }
}

TEST(OutputStream, AReaderThatLeavesStopsNothingAndIsSaidAtTheEnd) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program does
  const ScratchDirectory directory;
  const std::string path = directory / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  OutputStream stream(path);
  ::close(reader);
  for (std::uint64_t i = 1; i <= 10'000; ++i) stream.put(feed::SessionEnd{i});
  EXPECT_EQ(stream.records(), 10'000u);
  EXPECT_THROW(stream.close(), std::system_error);
}

}  // namespace
}  // namespace lln::app
