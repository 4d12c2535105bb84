// One packet a call, 32 a call, 64 cut by the kernel (GSO), and 64 that also arrive as one (GRO).
#include "flow.hpp"

#include <lln/net/udp_socket.hpp>

#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace lln::packet_rate {
namespace {

struct Pair {
  net::UdpSocket sender;
  net::UdpSocket receiver;
  Pair() {
    receiver.bind(net::Endpoint::parse("127.0.0.1:0"));
    receiver.set_receive_buffer(receive_buffer_bytes);
    sender.connect(receiver.local_endpoint());
  }
};

void switch_on(int fd, int option, int value, const char* what) {
  if (::setsockopt(fd, SOL_UDP, option, &value, sizeof value) == 0) return;
  if (errno == ENOPROTOOPT) throw contest::Unavailable(std::string("this kernel has no ") + what);
  throw std::system_error(errno, std::generic_category(), what);
}

class PlainSender : public Sender {
 public:
  explicit PlainSender(net::UdpSocket& socket) : socket_(socket) {}
  unsigned send(std::uint64_t first) noexcept override {
    put_number(packet_.data(), first);
    return socket_.send(packet_) ? 1 : 0;
  }

 private:
  net::UdpSocket& socket_;
  std::array<std::byte, packet_bytes> packet_{};
};

class PlainReceiver : public Receiver {
 public:
  explicit PlainReceiver(net::UdpSocket& socket) : socket_(socket) {}
  unsigned receive(GapCheck& check) noexcept override {
    if (!socket_.receive(packet_)) return 0;
    check.take(packet_.data());
    return 1;
  }

 private:
  net::UdpSocket& socket_;
  std::array<std::byte, packet_bytes> packet_{};
};

// The arrays that sendmmsg(2) and recvmmsg(2) want, one packet an element.
template <unsigned size>
class Batch {
 public:
  Batch() {
    for (unsigned i = 0; i < size; ++i) {
      parts_[i] = {packets_[i].data(), packet_bytes};
      messages_[i] = {};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  mmsghdr* messages() noexcept { return messages_.data(); }
  std::byte* packet(unsigned i) noexcept { return packets_[i].data(); }

 private:
  std::array<std::array<std::byte, packet_bytes>, size> packets_{};
  std::array<iovec, size> parts_;
  std::array<mmsghdr, size> messages_;
};

class BatchSender : public Sender {
 public:
  explicit BatchSender(int fd) : fd_(fd) {}
  unsigned send(std::uint64_t first) noexcept override {
    for (unsigned i = 0; i < size; ++i) put_number(batch_.packet(i), first + i);
    const int sent = ::sendmmsg(fd_, batch_.messages(), size, MSG_DONTWAIT);
    return sent > 0 ? static_cast<unsigned>(sent) : 0;
  }

 private:
  static constexpr unsigned size = 32;
  int fd_;
  Batch<size> batch_;
};

class BatchReceiver : public Receiver {
 public:
  explicit BatchReceiver(int fd) : fd_(fd) {}
  unsigned receive(GapCheck& check) noexcept override {
    const int count = ::recvmmsg(fd_, batch_.messages(), size, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) check.take(batch_.packet(static_cast<unsigned>(i)));
    return count > 0 ? static_cast<unsigned>(count) : 0;
  }

 private:
  static constexpr unsigned size = 64;
  int fd_;
  Batch<size> batch_;
};

// #region gso
// One buffer of 64 packets; the kernel carries it as one for as long as it can and cuts it as late as it can.
class SegmentSender : public Sender {
 public:
  explicit SegmentSender(net::UdpSocket& socket) : socket_(socket) {
    switch_on(socket.fd(), UDP_SEGMENT, packet_bytes, "UDP_SEGMENT (GSO)");
  }
  unsigned send(std::uint64_t first) noexcept override {
    for (unsigned i = 0; i < segments; ++i) put_number(buffer_.data() + i * packet_bytes, first + i);
    return socket_.send(buffer_) ? segments : 0;
  }

 private:
  static constexpr unsigned segments = 64;  // the most that older kernels take
  net::UdpSocket& socket_;
  std::array<std::byte, segments * packet_bytes> buffer_{};
};
// #endregion gso

// #region gro
// Packets of one flow that the kernel did not have to cut, or has put together again: one buffer, and their size.
class GroReceiver : public Receiver {
 public:
  explicit GroReceiver(int fd) : fd_(fd), buffer_(std::make_unique<std::byte[]>(most_bytes)) {
    switch_on(fd, UDP_GRO, 1, "UDP_GRO");
  }
  unsigned receive(GapCheck& check) noexcept override {
    iovec part{buffer_.get(), most_bytes};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t bytes = ::recvmsg(fd_, &header, MSG_DONTWAIT);
    if (bytes <= 0) return 0;
    const std::size_t packet = packet_size(header, static_cast<std::size_t>(bytes));
    unsigned count = 0;
    for (std::size_t at = 0; at < static_cast<std::size_t>(bytes); at += packet, ++count)
      check.take(buffer_.get() + at);
    return count;
  }

 private:
  // A packet that came alone has no note with its size.
  static std::size_t packet_size(msghdr& header, std::size_t bytes) noexcept {
    for (cmsghdr* note = CMSG_FIRSTHDR(&header); note != nullptr; note = CMSG_NXTHDR(&header, note)) {
      if (note->cmsg_level != SOL_UDP || note->cmsg_type != UDP_GRO) continue;
      int size;
      std::memcpy(&size, CMSG_DATA(note), sizeof size);
      return static_cast<std::size_t>(size);
    }
    return bytes;
  }

  static constexpr std::size_t most_bytes = 1 << 16;
  int fd_;
  std::unique_ptr<std::byte[]> buffer_;
};
// #endregion gro

contest::Turn plain(const Plan& plan) {
  Pair pair;
  PlainSender sender(pair.sender);
  PlainReceiver receiver(pair.receiver);
  return run(plan, sender, receiver);
}

contest::Turn batches(const Plan& plan) {
  Pair pair;
  BatchSender sender(pair.sender.fd());
  BatchReceiver receiver(pair.receiver.fd());
  return run(plan, sender, receiver);
}

contest::Turn gso(const Plan& plan) {
  Pair pair;
  SegmentSender sender(pair.sender);
  BatchReceiver receiver(pair.receiver.fd());
  return run(plan, sender, receiver);
}

contest::Turn gso_gro(const Plan& plan) {
  Pair pair;
  SegmentSender sender(pair.sender);
  GroReceiver receiver(pair.receiver.fd());
  return run(plan, sender, receiver);
}

}  // namespace

void add_unicast(Contestants& contestants, const Plan& plan) {
  contest::add(contestants, "plain", "send, recv", "iperf3", [&plan](auto&) { return plain(plan); });
  contest::add(contestants, "plain-again", "send, recv, once more", "plain",
               [&plan](auto&) { return plain(plan); });
  contest::add(contestants, "batches", "sendmmsg 32, recvmmsg 64", "plain",
               [&plan](auto&) { return batches(plan); });
  contest::add(contestants, "gso", "UDP_SEGMENT 64, recvmmsg 64", "plain",
               [&plan](auto&) { return gso(plan); });
  contest::add(contestants, "gso-gro", "UDP_SEGMENT 64, UDP_GRO", "plain",
               [&plan](auto&) { return gso_gro(plan); });
}

}  // namespace lln::packet_rate
