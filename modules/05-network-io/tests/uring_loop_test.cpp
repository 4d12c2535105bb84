// Datagrams over the loopback interface, through one UringLoop and ordinary sockets at the other end.
#include "uring_test.hpp"

#include <lln/net/detail/receive_control.hpp>
#include <lln/net/timestamping.hpp>

#include <map>
#include <optional>

namespace lln::net::test {
namespace {

TEST_F(UringLoopTest, DatagramsSayWhereTheyCameFrom) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop loop({});
  ASSERT_TRUE(loop.receive_datagrams(server.fd(), 7));
  for (const std::size_t size : {64U, 0U, 1U, 2016U}) {
    ASSERT_TRUE(client.send_to(message(size, size), server.local_endpoint()));
    const auto seen = events(loop, 1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].event.tag, 7U);
    EXPECT_EQ(seen[0].event.kind, Kind::received);
    EXPECT_EQ(seen[0].event.result, static_cast<int>(size));
    EXPECT_EQ(seen[0].event.from, client.local_endpoint());
    EXPECT_EQ(seen[0].bytes, message(size, size));
    EXPECT_FALSE(seen[0].event.truncated);
    EXPECT_FALSE(seen[0].event.last);
  }
  ASSERT_TRUE(client.send_to(message(1, 2017), server.local_endpoint()));
  const auto seen = events(loop, 1);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].event.truncated);
  EXPECT_EQ(seen[0].bytes, Bytes(message(1, 2016)));
}

// The control messages lie in the same buffer, before the payload.
TEST_F(UringLoopTest, ControlMessagesCarryStamps) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  const Timestamping stamps(server.fd(), {.receive = true});
  UringLoop loop({.control_size = detail::receive_control_bytes});
  ASSERT_TRUE(loop.receive_datagrams(server.fd(), 7));
  constexpr std::size_t longest = 2016 - detail::receive_control_bytes;
  std::int64_t stamp = 0;
  // The kernel switches its stamps on in the background: the first datagrams have none.
  for (std::uint64_t i = 0; stamp == 0; ++i) {
    const std::int64_t before = realtime_ns();
    ASSERT_TRUE(client.send_to(message(i, longest), server.local_endpoint()));
    Bytes bytes;
    while (bytes.empty()) {
      for (const UringEvent& event : loop.wait(100ms)) {
        bytes.assign(event.bytes.begin(), event.bytes.end());
        msghdr header{};
        header.msg_control = const_cast<std::byte*>(event.control.data());
        header.msg_controllen = event.control.size();
        stamp = detail::read_receive_control(header).kernel_ns;
        EXPECT_FALSE(event.truncated);
      }
    }
    EXPECT_EQ(bytes, message(i, longest));
    if (stamp != 0) {
      EXPECT_GE(stamp, before);
      EXPECT_LE(stamp, realtime_ns());
    }
  }
}

TEST_F(UringLoopTest, SendsToAnAddressAndFromRegisteredMemory) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop loop({});
  Bytes buffer(2048);
  ASSERT_TRUE(lend(loop, message(1, 100)));
  ASSERT_TRUE(loop.send_to(server.fd(), client.local_endpoint(), 100, 11));
  server.connect(client.local_endpoint());
  ASSERT_TRUE(lend(loop, message(2, 200)));
  ASSERT_TRUE(loop.send_registered(server.fd(), 200, 12));
  ASSERT_TRUE(lend(loop, message(3, 300)));
  ASSERT_TRUE(loop.send(server.fd(), 300, 13));
  std::map<std::uint64_t, int> sent;
  for (const Seen& seen : events(loop, 3)) {
    EXPECT_EQ(seen.event.kind, Kind::sent);
    EXPECT_TRUE(seen.event.last);
    sent[seen.event.tag] = seen.event.result;
  }
  EXPECT_EQ(sent, (std::map<std::uint64_t, int>{{11, 100}, {12, 200}, {13, 300}}));
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_EQ(client.receive(buffer, patience), i * 100);
    EXPECT_TRUE(std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(i * 100),
                           message(i, i * 100).begin()));
  }
}

TEST_F(UringLoopTest, FewBuffersTakeManyDatagrams) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options few;
  few.buffers = 4;
  UringLoop loop(few);
  ASSERT_TRUE(loop.receive_datagrams(server.fd(), 1));
  loop.poll();
  std::uint64_t next = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t i = 0; i < 20; ++i)
      ASSERT_TRUE(client.send_to(message(round * 20 + i, 50), server.local_endpoint()));
    for (const Seen& seen : events(loop, 20)) {
      EXPECT_EQ(seen.bytes, message(next, 50)) << next;
      EXPECT_FALSE(seen.event.last);
      ++next;
    }
  }
  EXPECT_EQ(next, 100U);
}

TEST_F(UringLoopTest, StoppedIsOver) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options one;
  one.sources = 1;
  UringLoop loop(one);
  const auto source = loop.receive_datagrams(server.fd(), 5);
  ASSERT_TRUE(source);
  EXPECT_FALSE(loop.receive_datagrams(server.fd(), 6)) << "only one was asked for";
  loop.poll();
  loop.stop(*source);
  const auto seen = events(loop, 1);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].event.last);
  EXPECT_EQ(seen[0].event.result, -ECANCELED);
  ASSERT_TRUE(client.send_to(message(1, 10), server.local_endpoint()));
  EXPECT_TRUE(loop.wait(10ms).empty());
  EXPECT_TRUE(loop.receive_datagrams(server.fd(), 6)) << "its place is free again";
  EXPECT_EQ(events(loop, 1).at(0).event.tag, 6U);
}

TEST_F(UringLoopTest, StoppedWithoutBuffersIsOverToo) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options few;
  few.buffers = 1;
  UringLoop loop(few);
  const auto source = loop.receive_datagrams(server.fd(), 5);
  ASSERT_TRUE(source);
  loop.poll();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(client.send_to(message(i, 10), server.local_endpoint()));
  ASSERT_EQ(events(loop, 1).size(),
            1U);  // the only buffer is ours now, and the operation has ended in the kernel
  loop.stop(*source);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool over = false;
  while (!over && std::chrono::steady_clock::now() < deadline) {
    for (const UringEvent& event : loop.wait(100ms)) over = over || event.last;
  }
  EXPECT_TRUE(over);
}

TEST_F(UringLoopTest, LendsNoMoreThanItHas) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options few;
  few.sends = 2;
  UringLoop loop(few);
  EXPECT_FALSE(loop.send_to(server.fd(), client.local_endpoint(), 1, 1)) << "nothing was lent";
  const auto first = loop.loan();
  EXPECT_EQ(loop.loan().data(), first.data()) << "the same until it is sent";
  EXPECT_FALSE(loop.send_to(server.fd(), client.local_endpoint(), first.size() + 1, 1));
  ASSERT_TRUE(loop.send_to(server.fd(), client.local_endpoint(), 10, 1));
  ASSERT_NE(loop.loan().data(), first.data());
  ASSERT_TRUE(loop.send_to(server.fd(), client.local_endpoint(), 10, 2));
  EXPECT_TRUE(loop.loan().empty());
  EXPECT_EQ(events(loop, 2).size(), 2U);
  EXPECT_FALSE(loop.loan().empty());
}

TEST_F(UringLoopTest, MoreOperationsThanEntries) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options small;
  small.entries = 4;
  UringLoop loop(small);
  for (std::uint64_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(lend(loop, message(i, 20)));
    ASSERT_TRUE(loop.send_to(server.fd(), client.local_endpoint(), 20, i));
  }
  std::size_t good = 0;
  for (const Seen& seen : events(loop, 30)) good += seen.event.result == 20 ? 1 : 0;
  EXPECT_EQ(good, 30U);
}

TEST_F(UringLoopTest, WaitsNoLongerThanAsked) {
  UringLoop loop({});
  EXPECT_TRUE(loop.poll().empty());
  EXPECT_TRUE(loop.wait(0ms).empty());
  EXPECT_TRUE(loop.wait(3ms).empty());
}

TEST_F(UringLoopTest, PolledByAThreadOfTheKernel) {
  UdpSocket server = bound();
  UdpSocket client = bound();
  UringLoop::Options polled;
  polled.sqpoll = 0;
  std::optional<UringLoop> loop;
  try {
    loop.emplace(polled);
  } catch (const std::system_error& error) {
    GTEST_SKIP() << error.what();
  }
  ASSERT_TRUE(loop->receive_datagrams(server.fd(), 1));
  for (std::uint64_t i = 0; i < 3; ++i) {
    loop->poll();
    ASSERT_TRUE(client.send_to(message(i, 30), server.local_endpoint()));
    const auto seen = events(*loop, 1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].bytes, message(i, 30));
    ASSERT_TRUE(lend(*loop, seen[0].bytes));
    ASSERT_TRUE(loop->send_to(server.fd(), seen[0].event.from, 30, 2));
    EXPECT_EQ(events(*loop, 1).at(0).event.result, 30);
  }
}

TEST_F(UringLoopTest, MovesAndRefusesOddNumbers) {
  UdpSocket server = bound();
  UringLoop first({});
  UringLoop second(std::move(first));
  EXPECT_TRUE(second.receive_datagrams(server.fd(), 1));
  EXPECT_TRUE(second.poll().empty());
  UringLoop::Options odd;
  odd.buffers = 100;
  EXPECT_THROW(UringLoop loop(odd), std::invalid_argument);
}

}  // namespace
}  // namespace lln::net::test
