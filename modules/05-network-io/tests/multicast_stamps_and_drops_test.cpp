// Time stamps and the kernel's drop counter: what travels beside the datagrams.
#include "loopback_test.hpp"

#include <lln/net/timestamping.hpp>

#include <ctime>

namespace lln::net::test {
namespace {

class MulticastStamps : public LoopbackTest {
 protected:
  static std::int64_t realtime_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
  }

  // Sends until one is stamped: the kernel switches stamping on in the background.
  static bool stamping_has_begun(MulticastReceiver& receiver, MulticastSender& sender) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (!sender.send(content(0, 64))) return false;
      const auto copies = receive_count(receiver, 1);
      if (!copies.empty() && copies[0].kernel_rx_ns != 0) return true;
    }
    return false;
  }
};

TEST_F(MulticastStamps, EveryDatagramIsStampedBetweenSendAndReceive) {
  auto options = any_port();
  options.batch = 8;
  MulticastReceiver receiver(options);
  MulticastSender sender(to(receiver.local_endpoint()));
  ASSERT_TRUE(stamping_has_begun(receiver, sender));
  std::int64_t last = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    const std::int64_t before = realtime_ns();
    for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(put(sender, i));
    ASSERT_EQ(sender.flush(), 20U);
    const auto copies = receive_count(receiver, 20);
    const std::int64_t after = realtime_ns();
    ASSERT_EQ(copies.size(), 20U);
    for (const Copy& copy : copies) {
      ASSERT_NE(copy.kernel_rx_ns, 0) << "round " << round << ", datagram " << copy.number << " has no stamp";
      EXPECT_GE(copy.kernel_rx_ns, before) << "stamped before it was sent";
      EXPECT_LE(copy.kernel_rx_ns, after) << "stamped after it was received";
      EXPECT_GE(copy.kernel_rx_ns, last) << "stamps of one queue go backwards";
      last = copy.kernel_rx_ns;
    }
  }
}

TEST_F(MulticastStamps, EachDatagramOfABatchHasItsOwn) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  ASSERT_TRUE(stamping_has_begun(receiver, sender));
  ASSERT_TRUE(sender.send(content(1, 64)));
  ASSERT_TRUE(receiver.wait(patience));
  const std::int64_t between = realtime_ns();
  MulticastReceiver witness(from(receiver.local_endpoint()));
  ASSERT_TRUE(sender.send(content(2, 64)));
  ASSERT_EQ(receive_count(witness, 1).size(), 1U) << "now both are queued";
  const auto copies = receive_count(receiver, 2);
  ASSERT_EQ(numbers(copies), range(1, 3));
  EXPECT_LE(copies[0].kernel_rx_ns, between);
  EXPECT_GE(copies[1].kernel_rx_ns, between);
}

// A datagram without stamp leaves its control buffer's length at 0: it must be set again before the next use.
TEST_F(MulticastStamps, ComeAndGoWithTheSocketOption) {
  auto options = any_port();
  options.batch = 4;
  MulticastReceiver keeps_stamping_on(any_port());
  MulticastReceiver receiver(options);
  MulticastSender sender(to(receiver.local_endpoint()));
  const int flags = int_option(receiver.fd(), SOL_SOCKET, SO_TIMESTAMPING);
  ASSERT_TRUE(stamping_has_begun(receiver, sender));
  for (const int now : {flags, 0, flags}) {
    ASSERT_EQ(::setsockopt(receiver.fd(), SOL_SOCKET, SO_TIMESTAMPING, &now, sizeof now), 0);
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(put(sender, i));
    ASSERT_EQ(sender.flush(), 4U);
    const auto copies = receive_count(receiver, 4);
    ASSERT_EQ(copies.size(), 4U);
    for (const Copy& copy : copies) EXPECT_EQ(copy.kernel_rx_ns != 0, now != 0) << "datagram " << copy.number;
  }
}

TEST_F(MulticastStamps, NoneUnlessAskedFor) {
  auto options = any_port();
  options.software_timestamps = false;
  MulticastReceiver receiver(options);
  MulticastSender sender(to(receiver.local_endpoint()));
  ASSERT_TRUE(sender.send(content(1, 64)));
  ASSERT_TRUE(sender.send(content(2, 64)));
  for (const Copy& copy : receive_count(receiver, 2)) EXPECT_EQ(copy.kernel_rx_ns, 0);
}

TEST_F(MulticastStamps, HardwareStampsThatCannotComeAreSaidSo) {
  auto options = any_port();
  EXPECT_EQ(MulticastReceiver(options).hardware_timestamp_status(), "not asked for");
  options.hardware_timestamps = true;
  MulticastReceiver receiver(options);
  EXPECT_NE(receiver.hardware_timestamp_status(), "on") << "lo has no hardware";
  EXPECT_NE(receiver.hardware_timestamp_status().find(lo_.name + " has no hardware"), std::string::npos)
      << receiver.hardware_timestamp_status();
  MulticastSender sender(to(receiver.local_endpoint()));
  EXPECT_TRUE(stamping_has_begun(receiver, sender)) << "software stamps come all the same";
  ASSERT_TRUE(sender.send(content(1, 64)));
  ASSERT_TRUE(receiver.wait(patience));
  for (const auto& datagram : receiver.receive()) EXPECT_EQ(datagram.hardware_rx_ns, 0);
}

TEST_F(MulticastStamps, SupportOfLoopback) {
  const TimestampSupport support = timestamp_support(lo_);
  EXPECT_TRUE(support.software_receive) << support.detail;
  EXPECT_FALSE(support.hardware_receive) << support.detail;
  EXPECT_EQ(support.phc_index, -1);
}

TEST_F(MulticastStamps, SupportOfAnInterfaceThatHasGone) {
  const TimestampSupport support = timestamp_support({"gone0", 1 << 20, {}});
  EXPECT_FALSE(support.software_receive || support.hardware_receive);
  EXPECT_NE(support.detail.find("gone0"), std::string::npos) << support.detail;
}

class MulticastDrops : public LoopbackTest {
 protected:
  MulticastReceiver::Options tiny_buffer() const {
    auto options = any_port();
    options.receive_buffer_bytes = 1;  // the kernel makes it its minimum
    return options;
  }
  // Far fewer than the kernel's queue of packets in transit holds (net.core.netdev_max_backlog, 1000 by default): what
  // is lost there, nobody counts.
  static void flood(MulticastSender& sender, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(sender.send(content(i, 1000)));
  }
};

TEST_F(MulticastDrops, ReceivedPlusDroppedIsSentAsTheDatagramsTellIt) {
  MulticastReceiver receiver(tiny_buffer());
  MulticastSender sender(to(receiver.local_endpoint()));
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  // Twice: a counter that adds up the kernel's totals would be right once.
  for (int round = 0; round < 2; ++round) {
    flood(sender, 100);
    sent += 100;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    bool marker_seen = false;
    // The drops after the newest datagram are told by the next one that fits in.
    while (!(marker_seen && received + receiver.kernel_drops() == sent) &&
           std::chrono::steady_clock::now() < deadline) {
      while (receiver.wait(0ms)) received += receiver.receive().size();
      ASSERT_TRUE(sender.send(content(1'000'000 + sent, 100)));
      ++sent;
      receiver.wait(100ms);
      for (const auto& datagram : receiver.receive()) {
        ++received;
        marker_seen |= number_of(datagram.bytes) >= 1'000'000U;
      }
    }
    EXPECT_GT(receiver.kernel_drops(), 0U)
        << "the flood was meant to overflow " << receiver.receive_buffer_bytes() << " bytes";
    EXPECT_EQ(received + receiver.kernel_drops(), sent) << "received " << received;
  }
}

TEST_F(MulticastDrops, AskingTheKernelNeedsNoFurtherDatagram) {
  MulticastReceiver receiver(tiny_buffer());
  MulticastSender sender(to(receiver.local_endpoint()));
  flood(sender, 100);
  std::uint64_t received = 0;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (received + receiver.refresh_kernel_drops() < 100 && std::chrono::steady_clock::now() < deadline) {
    receiver.wait(10ms);
    received += receiver.receive().size();
  }
  EXPECT_EQ(received + receiver.refresh_kernel_drops(), 100U);
  EXPECT_EQ(receiver.kernel_drops(), receiver.refresh_kernel_drops());
  EXPECT_GT(receiver.kernel_drops(), 0U);
}

TEST_F(MulticastDrops, NoneWithoutOverflow) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  ASSERT_TRUE(sender.send(content(1, 64)));
  EXPECT_EQ(receive_count(receiver, 1).size(), 1U);
  EXPECT_EQ(receiver.refresh_kernel_drops(), 0U);
}

TEST_F(MulticastDrops, GrantedBufferIsTheKernelsFigure) {
  auto options = any_port();
  options.receive_buffer_bytes = 100'000;
  const MulticastReceiver receiver(options);
  EXPECT_EQ(receiver.receive_buffer_bytes(), int_option(receiver.fd(), SOL_SOCKET, SO_RCVBUF));
  EXPECT_GE(receiver.receive_buffer_bytes(), 100'000) << "well below every default of net.core.rmem_max";
}

}  // namespace
}  // namespace lln::net::test
