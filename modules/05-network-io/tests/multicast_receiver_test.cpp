// What a receiver gets, from whom, in which order.
#include "loopback_test.hpp"

#include <lln/net/udp_socket.hpp>

#include <fcntl.h>

#include <array>

namespace lln::net::test {
namespace {

class MulticastReceive : public LoopbackTest {};

TEST_F(MulticastReceive, NothingThereIsNoError) {
  MulticastReceiver receiver(any_port());
  EXPECT_TRUE(receiver.receive().empty());
  EXPECT_FALSE(receiver.wait(0ms));
  EXPECT_EQ(receiver.receive_errors(), 0U);
  EXPECT_EQ(receiver.last_error(), 0);
}

TEST_F(MulticastReceive, ABatchArrivesWholeAndInOrder) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  for (std::uint64_t i = 0; i < 32; ++i) ASSERT_TRUE(put(sender, i, 16 + i * 40));
  EXPECT_EQ(sender.flush(), 32U);
  const auto copies = receive_count(receiver, 32);
  EXPECT_EQ(numbers(copies), range(0, 32));
  for (const Copy& copy : copies) {
    EXPECT_TRUE(equal(copy.bytes, content(copy.number, 16 + copy.number * 40))) << "datagram " << copy.number;
    EXPECT_FALSE(copy.truncated);
  }
}

TEST_F(MulticastReceive, MoreThanABatchTakesSeveralCalls) {
  auto options = any_port();
  options.batch = 4;
  options.max_datagram = 100;  // no multiple of anything
  MulticastReceiver receiver(options);
  MulticastSender sender(to(receiver.local_endpoint()));
  constexpr std::uint64_t count = 30;
  for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(put(sender, i, 100));
  ASSERT_EQ(sender.flush(), count);

  std::uint64_t next = 0;
  std::size_t largest = 0;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (next < count && std::chrono::steady_clock::now() < deadline) {
    receiver.wait(100ms);
    const auto datagrams = receiver.receive();
    largest = std::max(largest, datagrams.size());
    for (const auto& datagram : datagrams) {
      if (!number_of(datagram.bytes)) continue;
      EXPECT_TRUE(equal(datagram.bytes, content(next, 100))) << "datagram " << next << " of a held batch";
      ++next;
    }
  }
  EXPECT_EQ(next, count);
  EXPECT_LE(largest, 4U) << "datagrams of one call";
}

TEST_F(MulticastReceive, TwoReceiversBothGetEverything) {
  MulticastReceiver first(any_port());
  MulticastReceiver second(from(first.local_endpoint()));
  MulticastSender sender(to(first.local_endpoint()));
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(put(sender, i));
  ASSERT_EQ(sender.flush(), 10U);
  EXPECT_EQ(numbers(receive_count(first, 10)), range(0, 10));
  EXPECT_EQ(numbers(receive_count(second, 10)), range(0, 10));
}

// In the negative tests the unwanted datagram is sent first and one that must arrive last: when that one is there,
// nothing is still on its way.
TEST_F(MulticastReceive, SourceSpecificHearsItsSourceOnly) {
  auto options = any_port();
  options.source = Ipv4Address::parse("127.0.0.1");
  MulticastReceiver receiver(options);
  MulticastReceiver hears_all(from(receiver.local_endpoint()));
  auto stranger_options = to(receiver.local_endpoint());
  stranger_options.source = Ipv4Address::parse("127.0.0.2");
  MulticastSender stranger(stranger_options);
  auto own_options = to(receiver.local_endpoint());
  own_options.source = Ipv4Address::parse("127.0.0.1");
  MulticastSender own(own_options);
  ASSERT_TRUE(stranger.send(content(1, 64)));
  ASSERT_TRUE(own.send(content(2, 64)));
  EXPECT_EQ(numbers(receive_count(hears_all, 2)), (std::vector<std::uint64_t>{1, 2}))
      << "both were sent; without a source, both arrive";
  EXPECT_EQ(numbers(receive_count(receiver, 1)), std::vector<std::uint64_t>{2})
      << "1 comes from another source";
  EXPECT_TRUE(receiver.receive().empty());
}

TEST_F(MulticastReceive, OtherGroupsAndUnicastToThePortAreNotDelivered) {
  MulticastReceiver receiver(any_port());
  const Endpoint group = receiver.local_endpoint();
  const Endpoint other_group{{group.address.value ^ 2U}, group.port};
  MulticastReceiver makes_the_host_a_member(from(other_group));
  MulticastSender other(to(other_group));
  UdpSocket unicast;
  MulticastSender own(to(group));
  ASSERT_TRUE(other.send(content(1, 64)));
  unicast.send_to(content(2, 64), {lo_.address, group.port});
  ASSERT_TRUE(own.send(content(3, 64)));
  EXPECT_EQ(numbers(receive_count(makes_the_host_a_member, 1)), std::vector<std::uint64_t>{1});
  EXPECT_EQ(numbers(receive_count(receiver, 1)), std::vector<std::uint64_t>{3})
      << "1: other group, 2: unicast";
  EXPECT_EQ(int_option(receiver.fd(), IPPROTO_IP, IP_MULTICAST_ALL), 0)
      << "or the group's traffic from other interfaces would be delivered as soon as another socket joins "
         "there";
}

TEST_F(MulticastReceive, TooLongDatagramIsCutAndFlagged) {
  auto options = any_port();
  options.max_datagram = 100;
  MulticastReceiver receiver(options);
  MulticastSender sender(to(receiver.local_endpoint()));
  // Twice, so that each buffer holds a long one and a short one.
  for (const auto& sizes : {std::array<std::size_t, 4>{100, 101, 1500, 99}, {1500, 99, 100, 101}}) {
    for (const std::size_t size : sizes) ASSERT_TRUE(put(sender, size, size));
    ASSERT_EQ(sender.flush(), 4U);
    const auto copies = receive_count(receiver, 4);
    ASSERT_EQ(copies.size(), 4U);
    for (const Copy& copy : copies) {
      EXPECT_EQ(copy.truncated, copy.number > 100) << "datagram of " << copy.number << " bytes";
      EXPECT_EQ(copy.bytes.size(), std::min<std::size_t>(copy.number, 100));
    }
  }
}

TEST_F(MulticastReceive, AnEmptyDatagramIsADatagram) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  ASSERT_FALSE(sender.loan().empty());
  sender.commit(0);
  ASSERT_EQ(sender.flush(), 1U);
  ASSERT_TRUE(receiver.wait(patience));
  const auto datagrams = receiver.receive();
  ASSERT_EQ(datagrams.size(), 1U);
  EXPECT_TRUE(datagrams[0].bytes.empty());
}

TEST_F(MulticastReceive, AnErrorIsCountedAndNamed) {
  MulticastReceiver receiver(any_port());
  const FileDescriptor no_socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_GE(::dup2(no_socket.get(), receiver.fd()), 0);
  EXPECT_TRUE(receiver.receive().empty());
  EXPECT_EQ(receiver.receive_errors(), 1U);
  EXPECT_EQ(receiver.last_error(), ENOTSOCK);
}

TEST_F(MulticastReceive, WorksAfterAMove) {
  MulticastReceiver first(any_port());
  MulticastSender sender(to(first.local_endpoint()));
  MulticastReceiver receiver(std::move(first));
  ASSERT_TRUE(sender.send(content(7, 64)));
  EXPECT_EQ(numbers(receive_count(receiver, 1)), std::vector<std::uint64_t>{7});
}

TEST_F(MulticastReceive, BusyPollIsAskedForAndVisiblyWithoutEffectOnLoopback) {
  auto options = any_port();
  options.busy_poll = 50us;
  std::optional<MulticastReceiver> receiver;
  try {
    receiver.emplace(options);
  } catch (const std::system_error& error) {
    GTEST_SKIP() << "older kernels want CAP_NET_ADMIN: " << error.what();
  }
  EXPECT_EQ(int_option(receiver->fd(), SOL_SOCKET, SO_BUSY_POLL), 50);
  MulticastSender sender(to(receiver->local_endpoint()));
  ASSERT_TRUE(sender.send(content(1, 64)));
  EXPECT_EQ(receive_count(*receiver, 1).size(), 1U);
  EXPECT_EQ(receiver->napi_id(), 0U) << "lo has no NAPI";
}

TEST_F(MulticastReceive, PreferBusyPollIsSetOrRefusedByName) {
  auto options = any_port();
  options.prefer_busy_poll = true;
  const auto text = error_of([&] {
    const MulticastReceiver receiver(options);
    EXPECT_EQ(int_option(receiver.fd(), SOL_SOCKET, SO_PREFER_BUSY_POLL), 1);
  });
  EXPECT_TRUE(text.empty() || text.find("SO_PREFER_BUSY_POLL") != std::string::npos) << text;
}

}  // namespace
}  // namespace lln::net::test
