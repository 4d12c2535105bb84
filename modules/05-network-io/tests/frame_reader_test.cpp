// Frames out of a stream that was cut anywhere, glued together, or lies about its lengths.
#include "stream_test.hpp"

#include <lln/net/frame_reader.hpp>

#include <sys/ioctl.h>

#include <cerrno>
#include <thread>

namespace lln::net::test {
namespace {

using State = FrameReader::State;

std::string frame(std::string_view payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string result;
  for (const int shift : {24, 16, 8, 0}) result += static_cast<char>(size >> shift);
  return result.append(payload);
}

// What next() gives as text; "-" for nothing.
std::string next_of(FrameReader& reader) {
  const auto payload = reader.next();
  return payload ? text_of(*payload) : "-";
}

void put(StreamSocket& stream, std::string_view bytes) {
  ASSERT_EQ(stream.send(bytes_of(bytes)), bytes.size());
}

TEST(FrameReader, SeveralFramesOfOneReceive) {
  auto [here, there] = unix_pair();
  FrameReader reader(here, 100);
  put(there, frame("one") + frame("") + frame("three"));
  EXPECT_EQ(next_of(reader), "one");
  int left = -1;
  EXPECT_EQ(::ioctl(here.fd(), FIONREAD, &left), 0);
  EXPECT_EQ(left, 0) << "one system call took all three";
  EXPECT_EQ(next_of(reader), "");
  EXPECT_EQ(next_of(reader), "three");
  EXPECT_EQ(next_of(reader), "-");
  EXPECT_EQ(reader.state(), State::open);
}

TEST(FrameReader, AFrameOfTheBufferIsNoSystemCall) {
  auto [here, there] = unix_pair();
  FrameReader reader(here, 100);
  put(there, frame("one") + frame("two"));
  EXPECT_EQ(next_of(reader), "one");
  put(there, frame("three"));
  EXPECT_EQ(next_of(reader), "two");
  int left = -1;
  EXPECT_EQ(::ioctl(here.fd(), FIONREAD, &left), 0);
  EXPECT_EQ(left, 9) << "it was not asked";
  EXPECT_EQ(next_of(reader), "three");
}

// Edge-triggered loops do not tell again.
TEST(FrameReader, AsksUntilTheFrameIsWholeOrNothingIsThere) {
  auto [here, there] = pair_with_borders();  // each receive() gives one of the pieces
  FrameReader reader(here, 100);
  for (const char* piece : {"\0\0", "\0\5", "he", "llo"}) put(there, {piece, piece[0] == 'l' ? 3U : 2U});
  EXPECT_EQ(next_of(reader), "hello");
}

TEST(FrameReader, AStreamMayBeCutAnywhere) {
  const std::string stream = frame("first") + frame("") + frame("the third");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    auto [here, there] = unix_pair();
    FrameReader reader(here, 9, 13);  // exactly the longest frame
    std::vector<std::string> got;
    const auto take_all = [&] {
      for (std::string text; (text = next_of(reader)) != "-";) got.push_back(text);
    };
    put(there, std::string_view(stream).substr(0, cut));
    take_all();
    put(there, std::string_view(stream).substr(cut));
    take_all();
    EXPECT_EQ(got, (std::vector<std::string>{"first", "", "the third"})) << "cut at " << cut;
    EXPECT_EQ(reader.state(), State::open);
  }
}

TEST(FrameReader, ByteForByte) {
  auto [here, there] = unix_pair();
  FrameReader reader(here, 300);
  const std::string long_one(300, 'x');
  const std::string stream = frame(long_one) + frame("y");
  std::vector<std::string> got;
  for (const char byte : stream) {
    put(there, {&byte, 1});
    for (std::string text; (text = next_of(reader)) != "-";) got.push_back(text);
  }
  EXPECT_EQ(got, (std::vector<std::string>{long_one, "y"}));
}

TEST(FrameReader, ALengthAboveTheLimitEndsItAtOnce) {
  for (const std::string_view length :
       {std::string_view("\0\0\0\x0B", 4), std::string_view("\xFF\xFF\xFF\xFF", 4),
        std::string_view("\x80\0\0\0", 4)}) {
    auto [here, there] = unix_pair();
    FrameReader reader(here, 10);
    put(there, frame("ten bytes!") + std::string(length));
    EXPECT_EQ(next_of(reader), "ten bytes!");
    EXPECT_EQ(next_of(reader), "-");
    EXPECT_EQ(reader.state(), State::too_long) << "without waiting for the payload";
    put(there, frame("after"));
    EXPECT_EQ(next_of(reader), "-");
    EXPECT_EQ(reader.state(), State::too_long);
  }
}

TEST(FrameReader, TheEndBetweenFramesAndWithinOne) {
  const std::string whole = frame("whole");
  for (std::size_t rest = 0; rest < whole.size(); ++rest) {
    auto [here, there] = unix_pair();
    FrameReader reader(here, 10);
    put(there, whole + whole.substr(0, rest));
    there.shut_down_sending();
    EXPECT_EQ(next_of(reader), "whole");
    EXPECT_EQ(next_of(reader), "-");
    EXPECT_EQ(reader.state(), rest == 0 ? State::ended : State::truncated) << rest << " bytes of the second";
    EXPECT_FALSE(reader.next(patience)) << "does not wait for what cannot come";
  }
}

TEST(FrameReader, WaitsForTheWholeFrameButNotLonger) {
  auto [here, there] = unix_pair();
  FrameReader reader(here, 10);
  put(there, frame("late").substr(0, 6));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(reader.next(20ms)) << "half a frame is none";
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  EXPECT_EQ(reader.state(), State::open);
  std::thread other([&, &end = there] { put(end, "te"); });
  const auto payload = reader.next(patience);
  other.join();
  ASSERT_TRUE(payload);
  EXPECT_EQ(text_of(*payload), "late");
}

TEST(FrameReader, AConnectionThatBreaksIsNoEnd) {
  auto [here, there] = unix_pair();
  FrameReader reader(here, 10);
  put(here, "unread");  // a Unix peer that closes with something unread resets
  there.abort();
  EXPECT_EQ(next_of(reader), "-");
  EXPECT_EQ(reader.state(), State::failed);
  EXPECT_EQ(here.last_error(), ECONNRESET);
}

}  // namespace
}  // namespace lln::net::test
