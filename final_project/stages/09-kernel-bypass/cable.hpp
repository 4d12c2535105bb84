// What the tests of this stage stand on: a cable with the feed's sender at its near end and your XdpReceive at its far end.
//
// One thread on one CPU is both sides: the kernel delivers in the order of sending, so when a last datagram to an
// ordinary socket is there, everything before it has been through the XDP program or the stack.
#pragma once

#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/udp_socket.hpp>
#include <lln/testkit/one_cpu.hpp>
#include <lln/testkit/testkit.hpp>

#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <xdp_receive.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lln::exercise {

using net::Endpoint;
using net::Ipv4Address;
using Bytes = std::vector<std::byte>;
using Side = net::TestNet::Side;

inline constexpr const char* notes_around_the_kernel = "final_project/feed-handlers.md#around-the-kernel";
inline constexpr std::chrono::seconds patience{20};

inline Bytes datagram(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

class Collector final : public project::DatagramSink {
 public:
  void on_datagram(project::Line line, std::span<const std::byte> payload) noexcept override {
    if (line == project::Line::rerequest) return;
    lines[static_cast<std::size_t>(line)].emplace_back(payload.begin(), payload.end());
  }
  std::size_t count() const { return lines[0].size() + lines[1].size(); }

  std::vector<Bytes> lines[2];
};

class Cable {
 public:
  // The same port: only the group tells the lines apart.
  static constexpr Endpoint line_a{{0xEF4D0001U}, 31001};  // 239.77.0.1
  static constexpr Endpoint line_b{{0xEF4D0002U}, 31001};
  static constexpr Endpoint far_end{net::TestNet::address(Side::far), 31001};

  static std::string why_not() {
    static const std::string obstacle =
        net::XdpSocket::why_not().empty() ? net::TestNet::why_not() : net::XdpSocket::why_not();
    return obstacle;
  }

  Cable() {
    net_.enter(Side::far);
    last_.bind({net::TestNet::address(Side::far), 0});
  }
  ~Cable() { net_.leave(); }

  project::XdpReceiveOptions options() const {
    project::XdpReceiveOptions result;
    result.line_a = line_a;
    result.line_b = line_b;
    result.interface = net_.interface(Side::far);
    return result;
  }
  const net::TestNet& net() const { return net_; }

  // From the near end, by its kernel. A datagram that is too long for the cable goes in fragments.
  void send(const Endpoint& to, const Bytes& bytes) {
    net_.enter(Side::near);
    if (to.address.is_multicast()) {
      net::MulticastSender({.group = to, .interface = net_.interface(Side::near)}).send(bytes);
    } else {
      near_socket().send_to(bytes, to);
    }
    net_.enter(Side::far);
  }

  // A whole Ethernet frame, whatever is in it.
  void send_frame(const Bytes& frame) {
    net_.enter(Side::near);
    const net::FileDescriptor raw(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = net_.interface(Side::near).index;
    ASSERT_EQ(::sendto(raw.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(frame.size()));
    net_.enter(Side::far);
  }

  // A frame to a group, as the near end's kernel would make it.
  static Bytes frame(const Endpoint& to, const Bytes& payload) {
    Bytes bytes(net::udp_frame_headers + payload.size());
    std::copy(payload.begin(), payload.end(), bytes.begin() + net::udp_frame_headers);
    const auto low = to.address.value;
    const net::UdpPath path{{net::TestNet::mac(Side::near)},
                            {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(low >> 16 & 0x7F),
                              static_cast<std::uint8_t>(low >> 8), static_cast<std::uint8_t>(low)}},
                            {net::TestNet::address(Side::near), 30000},
                            to};
    net::write_udp_headers(bytes, path, payload.size());
    return bytes;
  }

  // The kernel has done its part with all that was sent.
  void settle() {
    Bytes nothing(1);
    send(last_.local_endpoint(), nothing);
    ASSERT_TRUE(last_.receive(nothing, patience)) << "the cable is broken";
  }

  // As often as the contract says that it may take, four times.
  static std::size_t poll(project::XdpReceive& receive, Collector& into) {
    std::size_t count = 0;
    for (int i = 0; i < 4'000; ++i) count += receive.poll(into);
    return count;
  }

 private:
  net::UdpSocket& near_socket() {
    if (!near_) {
      near_.emplace();
      near_->bind({net::TestNet::address(Side::near), 0});
    }
    return *near_;
  }

  testkit::OneCpu one_cpu_;
  net::TestNet net_;
  net::UdpSocket last_ = [this] {
    net_.enter(Side::far);
    return net::UdpSocket();
  }();
  std::optional<net::UdpSocket> near_;
};

}  // namespace lln::exercise
