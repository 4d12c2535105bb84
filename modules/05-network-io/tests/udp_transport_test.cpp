// What a transport sends and receives, by whom and with which settings; without its thread.
#include "loopback_test.hpp"

#include <lln/net/udp_transport.hpp>

#include <array>
#include <cerrno>
#include <set>

namespace lln::net::test {
namespace {

const Endpoint local_host{Ipv4Address::parse("127.0.0.1"), 0};

struct Copy {
  std::string text;
  Endpoint from;
  bool truncated;
};

// Batches until there are `count` datagrams in all, or patience ends: under load the kernel may deliver later than
// send() returns, and what was sent together in several parts.
std::vector<std::vector<Copy>> batches(UdpTransport& transport, std::size_t count) {
  std::vector<std::vector<Copy>> result;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (std::size_t got = 0; got < count && std::chrono::steady_clock::now() < deadline;) {
    const auto batch = transport.receive();
    if (batch.empty()) continue;
    auto& copies = result.emplace_back();
    for (const auto& datagram : batch) {
      copies.push_back({text_of(datagram.bytes), datagram.from, datagram.truncated});
    }
    got += batch.size();
  }
  return result;
}

std::vector<Copy> datagrams(UdpTransport& transport, std::size_t count) {
  std::vector<Copy> result;
  for (const auto& batch : batches(transport, count)) result.insert(result.end(), batch.begin(), batch.end());
  return result;
}

std::vector<std::string> texts(UdpTransport& transport, std::size_t count) {
  std::vector<std::string> result;
  for (const Copy& copy : datagrams(transport, count)) result.push_back(copy.text);
  return result;
}

TEST(UdpTransport, DatagramsNameTheirSender) {
  UdpTransport receiver({.local = local_host});
  UdpTransport sender({.local = local_host});
  UdpTransport another({.local = local_host});
  EXPECT_TRUE(receiver.receive().empty());
  EXPECT_EQ(receiver.receive_errors(), 0U) << "nothing there is no error";
  ASSERT_TRUE(sender.send_to(bytes_of("hello"), receiver.local_endpoint()));
  ASSERT_TRUE(another.send_to({}, receiver.local_endpoint()));
  const auto got = datagrams(receiver, 2);
  ASSERT_EQ(got.size(), 2U) << "an empty datagram is a datagram";
  EXPECT_EQ(got[0].text, "hello");
  EXPECT_EQ(got[0].from, sender.local_endpoint());
  EXPECT_FALSE(got[0].truncated);
  EXPECT_EQ(got[1].text, "");
  EXPECT_EQ(got[1].from, another.local_endpoint());
  EXPECT_EQ(receiver.received(), 2U);
}

TEST(UdpTransport, ABatchIsNotLongerThanAskedAndInOrder) {
  UdpTransport receiver({.local = local_host, .batch = 4});
  UdpTransport sender({.local = local_host, .peer = receiver.local_endpoint()});
  for (const char* text : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
    ASSERT_TRUE(sender.send(bytes_of(text)));
  const auto got = batches(receiver, 10);
  std::string all;
  for (const auto& batch : got) {
    EXPECT_LE(batch.size(), 4U);
    for (const Copy& copy : batch) all += copy.text;
  }
  EXPECT_EQ(all, "0123456789");
  EXPECT_LT(got.size(), 10U) << "that many system calls";
}

TEST(UdpTransport, NothingIsCopied) {
  UdpTransport receiver({.local = local_host, .batch = 4});
  UdpTransport sender({.local = local_host, .peer = receiver.local_endpoint()});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(sender.send(bytes_of("x")));
  std::set<const std::byte*> places;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (receiver.received() < 20 && std::chrono::steady_clock::now() < deadline) {
    for (const auto& datagram : receiver.receive()) places.insert(datagram.bytes.data());
  }
  EXPECT_EQ(receiver.received(), 20U);
  EXPECT_LE(places.size(), 4U) << "the same four pieces of memory each time";
}

TEST(UdpTransport, LongerThanAskedForIsCutAndFlagged) {
  UdpTransport receiver({.local = local_host, .max_datagram = 4});
  UdpTransport sender({.local = local_host});
  ASSERT_TRUE(sender.send_to(bytes_of("12345"), receiver.local_endpoint()));
  ASSERT_TRUE(sender.send_to(bytes_of("1234"), receiver.local_endpoint()));
  const auto got = datagrams(receiver, 2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_TRUE(got[0].truncated);
  EXPECT_EQ(got[0].text, "1234");
  EXPECT_FALSE(got[1].truncated);
}

TEST(UdpTransport, ABatchGoesToSeveralReceivers) {
  UdpTransport one({.local = local_host});
  UdpTransport two({.local = local_host});
  UdpTransport sender({.local = local_host, .peer = two.local_endpoint(), .batch = 3});
  const auto put = [&](std::string_view text, UdpTransport* to) {
    const auto memory = sender.loan();
    ASSERT_GE(memory.size(), text.size());
    std::memcpy(memory.data(), text.data(), text.size());
    to != nullptr ? sender.commit(text.size(), to->local_endpoint()) : sender.commit(text.size());
  };
  for (const int place_of_peer : {1, 0, 2}) {  // no address of an earlier batch stays in its place
    for (int place = 0; place < 3; ++place) {
      place == place_of_peer ? put("for the peer", nullptr) : put("for one", &one);
    }
    EXPECT_TRUE(sender.loan().empty()) << "three wait";
    EXPECT_TRUE(one.receive().empty()) << "nothing leaves before flush()";
    EXPECT_EQ(sender.flush(), 3U);
    EXPECT_EQ(sender.flush(), 0U);
    EXPECT_EQ(texts(one, 2), (std::vector<std::string>{"for one", "for one"}));
    EXPECT_EQ(texts(two, 1), (std::vector<std::string>{"for the peer"}));
  }
}

TEST(UdpTransport, RefusedOnesAreCountedAndDoNotStopTheOthers) {
  UdpTransport receiver({.local = local_host});
  UdpTransport sender({.local = local_host});
  EXPECT_FALSE(sender.send(bytes_of("to whom?")));
  EXPECT_EQ(sender.last_send_error(), EDESTADDRREQ);
  const std::vector<std::byte> too_long(65'508);
  EXPECT_FALSE(sender.send_to(too_long, receiver.local_endpoint()));
  EXPECT_EQ(sender.last_send_error(), EMSGSIZE);
  sender.loan();
  sender.commit(1);  // to whom?
  sender.loan();
  sender.commit(1, receiver.local_endpoint());
  EXPECT_EQ(sender.flush(), 1U);
  EXPECT_EQ(sender.send_errors(), 3U);
  EXPECT_EQ(texts(receiver, 1).size(), 1U);
}

TEST(UdpTransport, AConnectedOneHearsItsPeerOnlyAndThatItIsGone) {
  std::optional<UdpTransport> peer;
  peer.emplace(UdpTransport::Options{.local = local_host});
  UdpTransport stranger({.local = local_host});
  UdpTransport transport({.local = local_host, .peer = peer->local_endpoint()});
  ASSERT_TRUE(stranger.send_to(bytes_of("nonsense"), transport.local_endpoint()));
  ASSERT_TRUE(peer->send_to(bytes_of("sense"), transport.local_endpoint()));
  EXPECT_EQ(texts(transport, 1), (std::vector<std::string>{"sense"}));
  peer.reset();
  ASSERT_TRUE(transport.send(bytes_of("anybody there?")));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (transport.receive_errors() == 0 && std::chrono::steady_clock::now() < deadline) transport.receive();
  EXPECT_EQ(transport.receive_errors(), 1U) << "a closed port is one";
}

TEST(UdpTransport, OptionsReachTheKernel) {
  UdpTransport plain({.local = local_host});
  EXPECT_EQ(int_option(plain.fd(), IPPROTO_IP, IP_TOS), 0);
  EXPECT_EQ(int_option(plain.fd(), SOL_SOCKET, SO_REUSEADDR), 0);
  EXPECT_EQ(int_option(plain.fd(), SOL_SOCKET, SO_REUSEPORT), 0);
  UdpTransport transport({.local = local_host,
                          .tos = 0xB8,
                          .receive_buffer_bytes = 100'000,
                          .send_buffer_bytes = 50'000,
                          .reuse_address = true,
                          .reuse_port = true});
  EXPECT_EQ(int_option(transport.fd(), SOL_SOCKET, SO_RCVBUF), 200'000) << "the kernel doubles";
  EXPECT_EQ(int_option(transport.fd(), SOL_SOCKET, SO_SNDBUF), 100'000);
  EXPECT_EQ(int_option(transport.fd(), SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(int_option(transport.fd(), SOL_SOCKET, SO_REUSEPORT), 1);
  try {
    UdpTransport polling({.local = local_host, .busy_poll = 50us});
    EXPECT_EQ(int_option(polling.fd(), SOL_SOCKET, SO_BUSY_POLL), 50);
    EXPECT_EQ(polling.napi_id(), 0U) << "nothing came yet; and the loopback interface has no NAPI";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EPERM) << "older kernels want CAP_NET_ADMIN: " << error.what();
  }
}

TEST(UdpTransport, TheTosByteIsOnThePacket) {
  UdpSocket receiver;
  receiver.bind(local_host);
  const int on = 1;
  ASSERT_EQ(::setsockopt(receiver.fd(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on), 0);
  UdpTransport sender({.local = local_host, .peer = receiver.local_endpoint(), .tos = 0xB8});
  ASSERT_TRUE(sender.send(bytes_of("urgent")));
  ASSERT_TRUE(receiver.wait(patience));
  std::array<std::byte, 10> bytes;
  iovec vector{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<std::byte, 100> control;
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(::recvmsg(receiver.fd(), &message, MSG_DONTWAIT), 6);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_type, IP_TOS);
  EXPECT_EQ(*CMSG_DATA(header), 0xB8);
}

TEST(UdpTransport, DropsOfAFullBufferAreCounted) {
  UdpTransport receiver({.local = local_host, .receive_buffer_bytes = 4096});
  UdpTransport sender({.local = local_host, .peer = receiver.local_endpoint()});
  EXPECT_EQ(receiver.kernel_drops(), 0U);
  constexpr std::size_t sent = 1000;
  for (std::size_t i = 0; i < sent; ++i) sender.send(bytes_of("0123456789"));
  const auto accounted = [&] { return receiver.received() + receiver.kernel_drops() + sender.send_errors(); };
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (accounted() < sent && std::chrono::steady_clock::now() < deadline) receiver.receive();
  EXPECT_EQ(accounted(), sent);
  EXPECT_GT(receiver.kernel_drops(), 0U);
}

TEST(UdpTransport, ErrorsSayWhatWasAttempted) {
  UdpTransport first({.local = local_host});
  const std::string taken = error_of([&] { UdpTransport({.local = first.local_endpoint()}); });
  EXPECT_NE(taken.find("bind to " + first.local_endpoint().to_string()), std::string::npos) << taken;
  EXPECT_THROW(UdpTransport({.batch = 0}), std::invalid_argument);
  EXPECT_THROW(UdpTransport({.max_datagram = 65'508}), std::invalid_argument);
  EXPECT_THROW(UdpTransport({.tos = 256}), std::invalid_argument);
  EXPECT_THROW(first.join(local_host.address, Interface::loopback()), std::invalid_argument);
  EXPECT_THROW(first.join(random_group(), Interface{}), std::invalid_argument);
  EXPECT_THROW(first.send_multicast_through(Interface{}), std::invalid_argument);
  EXPECT_THROW(first.send_multicast_through(Interface::loopback(), 256), std::invalid_argument);
}

class UdpTransportMulticast : public LoopbackTest {
 protected:
  static std::vector<std::uint64_t> receive_numbers(UdpTransport& transport, std::size_t count) {
    std::vector<std::uint64_t> result;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (result.size() < count && std::chrono::steady_clock::now() < deadline) {
      for (const auto& datagram : transport.receive()) {
        if (const auto number = number_of(datagram.bytes)) result.push_back(*number);
      }
    }
    return result;
  }
};

TEST_F(UdpTransportMulticast, ReceivesTheGroupsItJoinedAndNoOther) {
  UdpTransport transport({});
  const std::uint16_t port = transport.local_endpoint().port;
  const Ipv4Address other_group{group_.value ^ 2};
  // Another socket of this host is a member of the other group: the kernel delivers it to the host.
  MulticastReceiver neighbour(from({other_group, 0}));
  MulticastSender wanted(to({group_, port}));
  MulticastSender unwanted(to({other_group, port}));
  transport.join(group_, lo_);
  ASSERT_TRUE(unwanted.send(content(1, 64)));
  ASSERT_TRUE(wanted.send(content(2, 64)));
  UdpTransport unicast({});
  ASSERT_TRUE(unicast.send_to(content(3, 64), {local_host.address, port}));
  EXPECT_EQ(receive_numbers(transport, 2), (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(UdpTransportMulticast, ASourceFilterLetsOneSenderThrough) {
  UdpTransport transport({});
  const std::uint16_t port = transport.local_endpoint().port;
  transport.join(group_, lo_, Ipv4Address::parse("127.0.0.2"));
  auto options = to({group_, port});
  MulticastSender stranger(options);
  options.source = Ipv4Address::parse("127.0.0.2");
  MulticastSender friendly(options);
  ASSERT_TRUE(stranger.send(content(1, 64)));
  ASSERT_TRUE(friendly.send(content(2, 64)));
  EXPECT_EQ(receive_numbers(transport, 1), (std::vector<std::uint64_t>{2}));
}

TEST_F(UdpTransportMulticast, SendsThroughTheInterfaceThatWasNamed) {
  MulticastReceiver receiver(any_port());
  UdpTransport transport({});
  transport.send_multicast_through(lo_);
  ASSERT_TRUE(transport.send_to(content(7, 64), receiver.local_endpoint()));
  EXPECT_EQ(numbers(receive_count(receiver, 1)), (std::vector<std::uint64_t>{7}));
}

}  // namespace
}  // namespace lln::net::test
