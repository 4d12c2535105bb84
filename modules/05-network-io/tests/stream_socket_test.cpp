// Sending and receiving on a stream, where the kernel takes and gives in pieces.
#include "stream_test.hpp"

#include <array>
#include <cerrno>
#include <thread>

namespace lln::net::test {
namespace {

TEST(StreamSocket, BytesArriveInOrderWithoutBorders) {
  auto [here, there] = unix_pair();
  ASSERT_EQ(here.send(bytes_of("one")), 3U);
  ASSERT_EQ(here.send(bytes_of("two")), 3U);
  std::array<std::byte, 100> buffer;
  const auto size = there.receive(buffer);
  ASSERT_TRUE(size);
  EXPECT_EQ(text_of(std::span(buffer).first(*size)), "onetwo");
}

TEST(StreamSocket, NothingThereIsEagainAndDoesNotWait) {
  auto [here, there] = unix_pair();
  std::array<std::byte, 10> buffer;
  EXPECT_FALSE(here.receive(buffer));
  EXPECT_EQ(here.last_error(), EAGAIN);
  EXPECT_FALSE(here.receive(buffer, 1ms));
  EXPECT_EQ(here.last_error(), EAGAIN);
  EXPECT_FALSE(here.wait_readable(0ms));
  EXPECT_TRUE(here.wait_writable(0ms));
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_TRUE(here.wait_readable(0ms));
  EXPECT_TRUE(here.receive(buffer));
  EXPECT_EQ(here.last_error(), 0);
}

TEST(StreamSocket, AFullBufferTakesAPartAndSaysSo) {
  auto [here, there] = unix_pair();
  const auto all = pattern(4 << 20);
  std::size_t sent = here.send(all);
  EXPECT_GT(sent, 0U);
  ASSERT_LT(sent, all.size()) << "the test needs more than the buffer holds";
  EXPECT_EQ(here.last_error(), EAGAIN) << "a short count means: full";
  EXPECT_EQ(here.send(std::span(all).subspan(sent)), 0U);
  EXPECT_EQ(here.last_error(), EAGAIN);
  EXPECT_FALSE(here.wait_writable(0ms));

  std::vector<std::byte> received(all.size());
  std::size_t got = 0;
  while (got < all.size()) {
    const auto size = there.receive(std::span(received).subspan(got));
    if (size) got += *size;
    if (sent < all.size()) sent += here.send(std::span(all).subspan(sent));
    ASSERT_TRUE(size || there.last_error() == EAGAIN);
  }
  EXPECT_TRUE(received == all);
}

TEST(StreamSocket, SendAllAndReceiveAllMoveMoreThanTheBufferHolds) {
  auto [here, there] = unix_pair();
  const auto all = pattern(4 << 20);
  std::vector<std::byte> received(all.size());
  std::thread reader([&, &end = there] { EXPECT_TRUE(end.receive_all(received, patience)); });
  EXPECT_TRUE(here.send_all(all, patience));
  EXPECT_EQ(here.last_error(), 0);
  reader.join();
  EXPECT_TRUE(received == all);
}

TEST(StreamSocket, SendAllGivesUpWhenNobodyReads) {
  auto [here, there] = unix_pair();
  EXPECT_FALSE(here.send_all(pattern(4 << 20), 5ms));
  EXPECT_EQ(here.last_error(), EAGAIN);
}

TEST(StreamSocket, SignalsDoNotEndAWait) {
  auto [here, there] = unix_pair();
  const SignalRain rain;
  std::array<std::byte, 10> buffer;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(here.receive(buffer, 20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  const auto between = std::chrono::steady_clock::now();
  EXPECT_FALSE(here.receive_all(buffer, 20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - between, 20ms);
  const auto all = pattern(4 << 20);
  const auto full = std::chrono::steady_clock::now();
  EXPECT_FALSE(here.send_all(all, 20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - full, 20ms);
}

// A timeout that starts anew with each piece would let a trickling peer hold the caller: here until the stream ends.
TEST(StreamSocket, TheTimeLimitIsThatOfTheWholeTransfer) {
  auto [here, there] = unix_pair();
  std::thread trickle([&end = there] {
    for (int i = 0; i < 2'000 && end.send(bytes_of("x")) == 1; ++i) std::this_thread::sleep_for(1ms);
    end.shut_down_sending();
  });
  std::vector<std::byte> buffer(1 << 20);
  EXPECT_FALSE(here.receive_all(buffer, 50ms));
  EXPECT_EQ(here.last_error(), EAGAIN) << "0: it waited for the end";
  here.abort();
  trickle.join();
}

TEST(StreamSocket, TheTimeLimitOfSendingIsThatOfTheWholeTransferToo) {
  auto [here, there] = unix_pair();
  std::thread sip([&end = there] {
    std::vector<std::byte> some(20'000);
    for (int i = 0; i < 1'000 && end.receive(some) != 0U; ++i) std::this_thread::sleep_for(1ms);
    end.abort();
  });
  EXPECT_FALSE(here.send_all(std::vector<std::byte>(64 << 20), 50ms));
  EXPECT_EQ(here.last_error(), EAGAIN) << "EPIPE: it waited until the reader was gone";
  here.abort();
  sip.join();
}

TEST(StreamSocket, HalfCloseEndsOneDirectionOnly) {
  auto [here, there] = unix_pair();
  ASSERT_EQ(here.send(bytes_of("last")), 4U);
  here.shut_down_sending();
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(there.receive(buffer), 4U) << "what was sent before comes first";
  EXPECT_EQ(there.receive(buffer), 0U) << "then the end";
  EXPECT_EQ(there.receive(buffer, patience), 0U) << "and again";
  EXPECT_EQ(there.last_error(), 0);
  EXPECT_EQ(there.send(bytes_of("answer")), 6U);
  EXPECT_EQ(here.receive(buffer), 6U);
}

TEST(StreamSocket, TheEndInTheMiddleOfAMessageIsNoTimeout) {
  auto [here, there] = unix_pair();
  ASSERT_EQ(here.send(bytes_of("1234")), 4U);
  here.shut_down_sending();
  std::array<std::byte, 10> buffer;
  EXPECT_FALSE(there.receive_all(buffer, patience));
  EXPECT_EQ(there.last_error(), 0);
}

TEST(StreamSocket, SendingToNobodyIsAnErrorAndNoSignal) {
  auto [here, there] = unix_pair();
  there.abort();
  EXPECT_LT(there.fd(), 0);
  EXPECT_EQ(here.send(bytes_of("x")), 0U);
  EXPECT_EQ(here.last_error(), EPIPE);
  EXPECT_FALSE(here.send_all(bytes_of("x"), patience));
  EXPECT_EQ(here.last_error(), EPIPE);
}

}  // namespace
}  // namespace lln::net::test
