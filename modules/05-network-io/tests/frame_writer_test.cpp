// One system call a message, nothing lost when the kernel takes a part, nothing grows when nobody reads.
#include "stream_test.hpp"

#include <lln/net/frame_reader.hpp>
#include <lln/net/frame_writer.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

namespace lln::net::test {
namespace {

using Result = FrameWriter::Result;

// So small that the kernel takes long frames in parts.
void shrink_send_buffer(const StreamSocket& socket) {
  const int bytes = 1;  // the kernel has a minimum of its own: 4608
  ASSERT_EQ(::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
}

TEST(FrameWriter, EachMessageIsOneWriteOfLengthAndPayload) {
  auto [here, there] = pair_with_borders();
  FrameWriter writer(here, 1000);
  EXPECT_EQ(writer.write(bytes_of("hello")), Result::sent);
  EXPECT_EQ(writer.write({}), Result::sent);
  const auto long_one = pattern(0x0302);
  EXPECT_EQ(writer.write(long_one), Result::sent);
  EXPECT_EQ(writer.pending(), 0U);
  std::array<std::byte, 2000> buffer;
  ASSERT_EQ(there.receive(buffer), 9U);
  EXPECT_EQ(text_of(std::span(buffer).first(9)), std::string("\0\0\0\5hello", 9));
  ASSERT_EQ(there.receive(buffer), 4U) << "an empty message is a message";
  EXPECT_EQ(text_of(std::span(buffer).first(4)), std::string("\0\0\0\0", 4));
  ASSERT_EQ(there.receive(buffer), 0x0306U);
  EXPECT_EQ(text_of(std::span(buffer).first(4)), std::string("\0\0\3\2", 4));
  EXPECT_EQ(std::memcmp(buffer.data() + 4, long_one.data(), long_one.size()), 0);
}

TEST(FrameWriter, LoansAreWrittenInPlaceAndMayTurnOutShorter) {
  auto [here, there] = pair_with_borders();
  FrameWriter writer(here, 100);
  const auto room = writer.loan(100);
  ASSERT_TRUE(room);
  ASSERT_EQ(room->size(), 100U);
  std::memcpy(room->data(), "short", 5);
  EXPECT_EQ(writer.commit(5), Result::sent);
  std::array<std::byte, 200> buffer;
  ASSERT_EQ(there.receive(buffer), 9U);
  EXPECT_EQ(text_of(std::span(buffer).first(9)), std::string("\0\0\0\5short", 9));
}

TEST(FrameWriter, TooLongIsRefusedWithoutATrace) {
  auto [here, there] = pair_with_borders();
  FrameWriter writer(here, 10);
  EXPECT_EQ(writer.write(pattern(11)), Result::too_long);
  EXPECT_FALSE(writer.loan(11));
  EXPECT_EQ(writer.pending(), 0U);
  EXPECT_FALSE(there.wait_readable(0ms));
  EXPECT_EQ(writer.write(pattern(10)), Result::sent);
}

// Messages of random length to a reader that reads now and then: what was accepted arrives, whole and in order.
TEST(FrameWriter, WhatTheKernelDidNotTakeFollowsLater) {
  auto [here, there] = unix_pair();
  shrink_send_buffer(here);
  constexpr std::size_t longest = 3000;
  FrameWriter writer(here, longest, 8000);
  FrameReader reader(there, longest);
  std::mt19937 random(5);
  const auto content = pattern(longest + 256);
  const auto message = [&](std::size_t number, std::size_t size) {
    return std::span(content).subspan(number % 256, size);
  };
  std::vector<std::size_t> accepted;
  std::size_t arrived = 0;
  std::array<int, 3> seen{};  // sent, queued, full
  const auto read_all = [&] {
    while (const auto frame = reader.next()) {
      ASSERT_LT(arrived, accepted.size());
      const auto expected = message(arrived, accepted[arrived]);
      ASSERT_TRUE(std::equal(frame->begin(), frame->end(), expected.begin(), expected.end()))
          << "message " << arrived;
      ++arrived;
    }
    ASSERT_EQ(reader.state(), FrameReader::State::open);
  };
  for (int i = 0; i < 5'000 && !HasFatalFailure(); ++i) {
    const std::size_t size = random() % (longest + 1);
    const std::size_t before = writer.pending();
    const Result result = writer.write(message(accepted.size(), size));
    ASSERT_LE(result, Result::full);
    ++seen[static_cast<std::size_t>(result)];
    if (result == Result::full) {
      EXPECT_EQ(writer.pending(), before);
    } else {
      accepted.push_back(size);
    }
    if (random() % 2 == 0) read_all();
    if (random() % 2 == 0) writer.flush();
  }
  while (writer.flush() == Result::queued && !HasFatalFailure()) read_all();
  read_all();
  EXPECT_EQ(arrived, accepted.size());
  for (const int count : seen) EXPECT_GT(count, 100) << "the test did not get where it wanted";
}

// Room is what does not wait, wherever in the buffer it lies.
TEST(FrameWriter, ThePartThatWasTakenIsRoomAgain) {
  auto [here, there] = unix_pair();
  shrink_send_buffer(here);
  FrameWriter writer(here, 4000, 10'000);
  FrameReader reader(there, 4000);
  const auto content = pattern(4000);
  std::size_t accepted = 0;
  while (writer.write(content) != Result::full) ++accepted;
  ASSERT_GT(writer.pending(), 4004U);
  const auto expect_one = [&] {
    const auto frame = reader.next();
    if (!frame) return false;
    EXPECT_TRUE(std::equal(frame->begin(), frame->end(), content.begin(), content.end()));
    return true;
  };
  std::size_t arrived = 0;
  while (writer.pending() > 10'000 - 4004) {
    arrived += expect_one() ? 1 : 0;
    writer.flush();
  }
  ASSERT_GT(writer.pending(), 0U) << "the test needs some that still wait";
  ASSERT_EQ(writer.write(content), Result::queued);
  ++accepted;
  while (arrived < accepted && !HasFailure()) {
    writer.flush();
    arrived += expect_one() ? 1 : 0;
  }
  EXPECT_EQ(writer.pending(), 0U);
}

TEST(FrameWriter, AReaderThatNeverReadsCostsAFixedAmount) {
  auto [here, there] = unix_pair();
  shrink_send_buffer(here);
  FrameWriter writer(here, 1000, 20'000);
  const auto payload = pattern(1000);
  int accepted = 0;
  while (writer.write(payload) != Result::full) ASSERT_LT(++accepted, 100'000);
  EXPECT_LE(writer.pending(), 20'000U);
  EXPECT_EQ(writer.flush(5ms), Result::queued);
  EXPECT_EQ(writer.write(payload), Result::full);
  std::thread reader([&, &end = there] {
    FrameReader frames(end, 1000);
    for (int i = 0; i < accepted; ++i) ASSERT_TRUE(frames.next(patience)) << i;
  });
  EXPECT_EQ(writer.flush(patience), Result::sent);
  EXPECT_EQ(writer.pending(), 0U);
  reader.join();
}

TEST(FrameWriter, AReaderThatIsGoneIsToldEachTime) {
  auto [here, there] = unix_pair();
  FrameWriter writer(here, 1000, 5000);
  const auto payload = pattern(1000);
  while (writer.write(payload) != Result::full) {
  }
  there.abort();
  EXPECT_EQ(writer.flush(), Result::failed);
  EXPECT_EQ(here.last_error(), EPIPE);
  EXPECT_EQ(writer.flush(), Result::failed);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(writer.write(payload), Result::failed);
  EXPECT_EQ(writer.write({}), Result::failed) << "also where there would be room";
}

TEST(FrameWriter, NothingToFlushIsNoSystemCall) {
  auto [here, there] = pair_with_borders();  // an empty write would be an empty message
  FrameWriter writer(here, 10);
  EXPECT_EQ(writer.flush(), Result::sent);
  EXPECT_EQ(writer.flush(1ms), Result::sent);
  EXPECT_FALSE(there.wait_readable(0ms));
}

}  // namespace
}  // namespace lln::net::test
