// AF_PACKET: frames of a type of our own (0x88B5, for experiments) past IP and UDP, still one system call each.
#include "ways.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace lln::around_kernel {
namespace {

constexpr std::uint16_t experimental = 0x88B5;  // IEEE Std 802, local experimental EtherType 1
constexpr std::size_t header = 14;

class PacketEnd {
 public:
  explicit PacketEnd(TestNet::Side side)
      : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(experimental))) {
    if (!fd_) {
      if (errno == EPERM) throw contest::Unavailable("an AF_PACKET socket needs CAP_NET_RAW");
      throw std::system_error(errno, std::generic_category(), "opening an AF_PACKET socket");
    }
    const bool near = side == TestNet::Side::near;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(experimental);
    address.sll_ifindex = net::Interface::named(near ? "near0" : "far0").index;
    const int on = 1;
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::setsockopt(fd_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0)
      throw std::system_error(errno, std::generic_category(), "an AF_PACKET socket on the cable");
    const auto to = TestNet::mac(near ? TestNet::Side::far : TestNet::Side::near);
    const auto from = TestNet::mac(side);
    std::memcpy(out_.data(), to.data(), to.size());
    std::memcpy(out_.data() + 6, from.data(), from.size());
    out_[12] = std::byte{experimental >> 8};
    out_[13] = std::byte{experimental & 0xFF};
  }

  bool send(std::span<const std::byte> message) noexcept {
    std::copy(message.begin(), message.end(), out_.begin() + header);
    return ::send(fd_.get(), out_.data(), out_.size(), 0) == static_cast<ssize_t>(out_.size());
  }

  bool receive(std::span<std::byte> message) noexcept {
    Patience patience_left;
    while (::recv(fd_.get(), in_.data(), in_.size(), 0) != static_cast<ssize_t>(in_.size())) {
      if (patience_left.over()) return false;
    }
    std::copy(in_.begin() + header, in_.end(), message.begin());
    return true;
  }

 private:
  net::FileDescriptor fd_;
  std::array<std::byte, header + round_trip::message_bytes> out_{};
  std::array<std::byte, header + round_trip::message_bytes> in_{};
};

}  // namespace

void add_raw_packets(Contestants& contestants, const Course& course) {
  contest::add(contestants, "packet-spin", "AF_PACKET, spinning", base, [&course](auto& values) {
    return run<PacketEnd>(course, values, [](TestNet::Side side) { return PacketEnd(side); });
  });
}

}  // namespace lln::around_kernel
