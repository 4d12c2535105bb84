// Time stamps of real packets on the loopback interface: which send they belong to, and in which order they were taken.
#include <lln/net/packet_life.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <numeric>

namespace lln::net {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 20s;
const Endpoint any_port{Ipv4Address::parse("127.0.0.1"), 0};
constexpr Timestamping::Options transmit{.scheduled = true, .sent = true};

std::vector<TransmitStamp> stamps_of(Timestamping& stamps, std::size_t count) {
  std::vector<TransmitStamp> result;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (result.size() < count && std::chrono::steady_clock::now() < deadline) {
    if (const auto stamp = stamps.next_transmit()) {
      result.push_back(*stamp);
    } else {
      stamps.wait_transmit(100ms);
    }
  }
  return result;
}

std::optional<Timestamping::Received> receive(Timestamping& stamps, std::span<std::byte> buffer) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto received = stamps.receive(buffer)) return received;
    if (stamps.last_error() != EAGAIN) break;
    pollfd entry{stamps.fd(), POLLIN, 0};
    ::poll(&entry, 1, 100);
  }
  return std::nullopt;
}

class UdpStamps : public ::testing::Test {
 protected:
  UdpStamps() {
    receiver_.bind(any_port);
    sender_.bind(any_port);
    sender_.connect(receiver_.local_endpoint());
  }
  bool send(std::size_t bytes = 11) { return sender_.send(std::vector<std::byte>(bytes)); }

  UdpSocket receiver_;
  UdpSocket sender_;
  std::array<std::byte, 2000> buffer_;
};

TEST_F(UdpStamps, IdsCountTheDatagrams) {
  Timestamping stamps(sender_.fd(), transmit);
  for (std::uint32_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(send(100 * (i + 1)));
    EXPECT_EQ(stamps.id_of_send(100 * (i + 1)), i);
  }
  int seen[5][2] = {};
  for (const TransmitStamp& stamp : stamps_of(stamps, 10)) {
    ASSERT_LT(stamp.id, 5U);
    ++seen[stamp.id][stamp.station == Station::sent];
    EXPECT_EQ(stamp.hardware_ns, 0);
  }
  for (const auto& kinds : seen) EXPECT_TRUE(kinds[0] == 1 && kinds[1] == 1);
  EXPECT_FALSE(stamps.next_transmit());
  EXPECT_EQ(stamps.last_error(), EAGAIN);
  EXPECT_FALSE(stamps.wait_transmit(0ms));
}

TEST_F(UdpStamps, IdsBeginAtZeroForEachObject) {
  {
    Timestamping stamps(sender_.fd(), transmit);
    ASSERT_TRUE(send());
    ASSERT_EQ(stamps_of(stamps, 2).size(), 2U);
  }
  Timestamping again(sender_.fd(), {.sent = true});
  ASSERT_TRUE(send());
  const auto stamps = stamps_of(again, 1);
  ASSERT_EQ(stamps.size(), 1U);
  EXPECT_EQ(stamps[0].id, again.id_of_send(11));
}

TEST_F(UdpStamps, StationsComeInTheirOrder) {
  Timestamping out(sender_.fd(), transmit);
  Timestamping in(receiver_.fd(), {.receive = true});
  constexpr std::size_t most = 100'000;
  Departures departures(most);
  std::vector<Arrival> arrivals;
  std::size_t first = most;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // The kernel switches stamping on in the background: the first ones may have no stamp of their arrival.
  while (arrivals.size() < std::min(first + 20, most) && std::chrono::steady_clock::now() < deadline) {
    const std::int64_t before = realtime_ns();
    ASSERT_TRUE(send());
    ASSERT_TRUE(departures.add(out.id_of_send(11), before));
    const auto received = receive(in, buffer_);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->bytes, 11U);
    arrivals.push_back({received->kernel_ns, realtime_ns()});
    if (received->kernel_ns != 0) first = std::min(first, arrivals.size() - 1);
    for (const TransmitStamp& stamp : stamps_of(out, 2)) EXPECT_TRUE(departures.add_stamp(stamp));
  }
  const Decomposition found = decompose(departures.all(), arrivals, first);
  EXPECT_EQ(found.lives.size(), 20U) << found.unstamped << " unstamped, " << found.backwards << " backwards";
  for (const Life& life : found.lives)
    EXPECT_EQ(std::accumulate(life.leg_ns.begin(), life.leg_ns.end(), std::int64_t{0}), life.whole_ns);
}

TEST_F(UdpStamps, AFullErrorQueueLosesStampsAndMixesNone) {
  constexpr std::size_t count = 300;
  sender_.set_receive_buffer(1);  // the kernel makes it its minimum
  Timestamping out(sender_.fd(), transmit);
  Departures departures(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t now = realtime_ns();
    ASSERT_TRUE(send());
    ASSERT_TRUE(departures.add(out.id_of_send(11), now));
  }
  const std::int64_t after = realtime_ns();
  while (const auto stamp = out.next_transmit()) {
    EXPECT_TRUE(departures.add_stamp(*stamp));
    EXPECT_LE(stamp->time_ns, after);
  }
  EXPECT_GT(departures.stamps(), 0U);
  EXPECT_LT(departures.stamps(), 2 * count) << "the receive buffer's size limits the error queue";
  std::size_t missing = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Departure& departure = departures.all()[i];
    missing += departure.sent_ns == 0;
    if (departure.sent_ns == 0) continue;
    EXPECT_GE(departure.sent_ns, departure.send_ns);
    EXPECT_LE(departure.sent_ns, i + 1 < count ? departures.all()[i + 1].send_ns : after);
  }
  EXPECT_GT(missing, 0U);
}

TEST_F(UdpStamps, OtherErrorsAreCountedAndThrownAway) {
  Timestamping out(sender_.fd(), {.sent = true});
  const int on = 1;
  ASSERT_EQ(::setsockopt(sender_.fd(), IPPROTO_IP, IP_RECVERR, &on, sizeof on), 0);
  receiver_ = UdpSocket();  // nobody listens any more
  ASSERT_TRUE(send());
  std::vector<TransmitStamp> stamps;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while ((stamps.empty() || out.foreign() == 0) && std::chrono::steady_clock::now() < deadline) {
    if (const auto stamp = out.next_transmit()) stamps.push_back(*stamp);
  }
  ASSERT_EQ(stamps.size(), 1U);
  EXPECT_EQ(stamps[0].id, 0U);
  EXPECT_EQ(out.foreign(), 1U) << "an ICMP error";
}

TEST_F(UdpStamps, NoneUnlessAskedFor) {
  Timestamping off(sender_.fd(), {});
  Timestamping in(receiver_.fd(), {.scheduled = true, .sent = true});
  ASSERT_TRUE(send());
  const auto received = receive(in, buffer_);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->kernel_ns, 0);
  EXPECT_FALSE(off.next_transmit());
  EXPECT_FALSE(in.receive(buffer_));
  EXPECT_EQ(in.last_error(), EAGAIN);
}

TEST_F(UdpStamps, LongDatagramsAreCutAndFlagged) {
  Timestamping in(receiver_.fd(), {.receive = true});
  ASSERT_TRUE(send(100));
  const auto received = receive(in, std::span(buffer_).first(10));
  ASSERT_TRUE(received);
  EXPECT_TRUE(received->truncated);
  EXPECT_EQ(received->bytes, 10U);
}

TEST_F(UdpStamps, RefusesWhatDatagramsDoNotHave) {
  EXPECT_THROW(Timestamping(sender_.fd(), {.acknowledged = true}), std::invalid_argument);
  EXPECT_THROW(Timestamping(-1, {}), std::system_error);
}

// A stamp that waits is POLLERR for everybody who polls, whatever they ask for.
TEST_F(UdpStamps, AWaitingStampEndsEveryPoll) {
  Timestamping out(sender_.fd(), {.sent = true});
  ASSERT_TRUE(send());
  ASSERT_TRUE(out.wait_transmit(patience));
  pollfd entry{sender_.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 1);
  EXPECT_EQ(entry.revents & (POLLIN | POLLERR), POLLERR);
  ASSERT_TRUE(out.next_transmit());
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
}

class TcpStamps : public ::testing::Test {
 protected:
  TcpStamps() {
    const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = any_port.to_sockaddr();
    socklen_t size = sizeof address;
    const auto at = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener.get(), at, size) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), at, &size) != 0)
      return;
    client_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client_.get(), at, size) != 0) return;
    server_.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const int on = 1;
    ::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void SetUp() override { ASSERT_TRUE(server_); }
  bool send(std::size_t bytes) {
    const std::vector<std::byte> content(bytes);
    return ::send(client_.get(), content.data(), bytes, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes);
  }

  // Kernels before 6.2 count from the first byte not acknowledged.
  void wait_until_acknowledged() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    int waiting = 1;
    while (waiting > 0 && std::chrono::steady_clock::now() < deadline)
      ASSERT_EQ(::ioctl(client_.get(), SIOCOUTQ, &waiting), 0);
  }

  FileDescriptor client_;
  FileDescriptor server_;
  std::array<std::byte, 2000> buffer_;
};

TEST_F(TcpStamps, IdsAreTheLastBytesOfTheSends) {
  ASSERT_TRUE(send(7)) << "before the stamps are switched on: these bytes do not count";
  Timestamping in(server_.get(), {.receive = true});
  ASSERT_EQ(receive(in, buffer_)->bytes, 7U);
  wait_until_acknowledged();
  Timestamping out(client_.get(), {.scheduled = true, .sent = true, .acknowledged = true});
  EXPECT_TRUE(out.is_stream());
  Departures departures(2);
  for (const std::size_t bytes : {std::size_t{10}, std::size_t{12}}) {
    const std::int64_t before = realtime_ns();
    ASSERT_TRUE(send(bytes));
    ASSERT_TRUE(departures.add(out.id_of_send(bytes), before));
    // One at a time, read by the peer: each has a segment, and an acknowledgement, of its own.
    ASSERT_EQ(receive(in, buffer_)->bytes, bytes);
    for (const TransmitStamp& stamp : stamps_of(out, 3)) EXPECT_TRUE(departures.add_stamp(stamp)) << stamp.id;
  }
  EXPECT_EQ(departures.all()[0].id, 9U);
  EXPECT_EQ(departures.all()[1].id, 21U);
  for (const Departure& departure : departures.all()) {
    EXPECT_GE(departure.scheduled_ns, departure.send_ns);
    EXPECT_GE(departure.sent_ns, departure.scheduled_ns);
    EXPECT_GE(departure.acknowledged_ns, departure.sent_ns);
  }
}

TEST_F(TcpStamps, BytesAreStampedAndTheEndIsZeroBytes) {
  Timestamping in(server_.get(), {.receive = true});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::int64_t stamped = 0;
  while (stamped == 0 && std::chrono::steady_clock::now() < deadline) {
    ASSERT_TRUE(send(3));
    const auto received = receive(in, buffer_);
    ASSERT_TRUE(received);
    stamped = received->kernel_ns;
  }
  EXPECT_NE(stamped, 0);
  EXPECT_LE(stamped, realtime_ns());
  client_.reset();
  const auto end = receive(in, buffer_);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->bytes, 0U);
}

TEST_F(TcpStamps, WantAConnection) {
  const FileDescriptor fresh(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  try {
    const Timestamping stamps(fresh.get(), {.sent = true});
    FAIL() << "ids of a stream that is not there";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("connected"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lln::net
