// mutant: segments asan: the last datagram of a packet is taken for as long as the others
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

namespace lln::exercise {

struct Datagram {
  std::span<const std::byte> bytes;
  std::uint32_t sender = 0;  // host order, as the port
  std::uint16_t port = 0;
  bool cut = false;  // the packet was longer than its slot, and this is the last of what is left of it
};

class BatchReceiver {
 public:
  BatchReceiver(int socket, std::size_t slots, std::size_t slot_bytes)
      : socket_(socket),
        memory_(slots * slot_bytes),
        names_(slots),
        parts_(slots),
        controls_(slots),
        messages_(slots) {
    const int on = 1;
    if (::setsockopt(socket, SOL_UDP, UDP_GRO, &on, sizeof on) != 0)
      throw std::system_error(errno, std::generic_category(), "UDP_GRO on fd " + std::to_string(socket));
    for (std::size_t i = 0; i < slots; ++i) {
      parts_[i] = {memory_.data() + i * slot_bytes, slot_bytes};
      msghdr& header = messages_[i].msg_hdr;
      header.msg_name = &names_[i];
      header.msg_iov = &parts_[i];
      header.msg_iovlen = 1;
      header.msg_control = &controls_[i];
    }
  }
  BatchReceiver(const BatchReceiver&) = delete;
  BatchReceiver& operator=(const BatchReceiver&) = delete;

  template <class Use>
  std::size_t receive(Use&& use) noexcept {
    packets_ = fill();
    std::size_t datagrams = 0;
    for (std::size_t i = 0; i < packets_; ++i) datagrams += hand_on(i, use);
    return datagrams;
  }

  template <class Use>
  std::size_t drain(Use&& use, std::size_t batches) noexcept {
    std::size_t datagrams = 0;
    for (std::size_t i = 0; i < batches; ++i) {
      datagrams += receive(use);
      if (packets_ < messages_.size()) break;
    }
    return datagrams;
  }

  std::uint64_t errors() const noexcept { return errors_; }

 private:
  struct alignas(cmsghdr) Control {
    char bytes[CMSG_SPACE(sizeof(int))];
  };

  // Packets that the kernel put into the slots.
  std::size_t fill() noexcept {
    for (int failures = 0; failures < 2;) {
      for (mmsghdr& message : messages_) {
        // The kernel has written into both what it used.
        message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
        message.msg_hdr.msg_controllen = sizeof(Control);
      }
      const int filled = ::recvmmsg(socket_, messages_.data(), static_cast<unsigned>(messages_.size()),
                                    MSG_DONTWAIT, nullptr);
      if (filled >= 0) return static_cast<std::size_t>(filled);
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return 0;
      // Left behind by an earlier send, and gone now; or there to stay, and then it comes again.
      ++errors_;
      ++failures;
    }
    return 0;
  }

  template <class Use>
  std::size_t hand_on(std::size_t slot, Use& use) noexcept {
    const mmsghdr& message = messages_[slot];
    const std::size_t length = message.msg_len;
    const std::size_t each = datagram_length(slot, length);
    const bool cut = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
    std::size_t datagrams = 0;
    std::size_t offset = 0;
    do {  // an empty packet is one datagram
      const std::size_t size = each;
      const auto* const first = static_cast<const std::byte*>(parts_[slot].iov_base) + offset;
      offset += size;
      use(Datagram{{first, size},
                   ntohl(names_[slot].sin_addr.s_addr),
                   ntohs(names_[slot].sin_port),
                   cut && offset >= length});
      ++datagrams;
    } while (offset < length);
    return datagrams;
  }

  std::size_t datagram_length(std::size_t slot, std::size_t packet) noexcept {
    msghdr& header = messages_[slot].msg_hdr;
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
      if (one->cmsg_level != SOL_UDP || one->cmsg_type != UDP_GRO) continue;
      int length = 0;
      std::memcpy(&length, CMSG_DATA(one), sizeof length);
      if (length > 0) return static_cast<std::size_t>(length);
    }
    return packet;
  }

  int socket_;
  std::vector<std::byte> memory_;
  std::vector<sockaddr_in> names_;
  std::vector<iovec> parts_;
  std::vector<Control> controls_;
  std::vector<mmsghdr> messages_;
  std::size_t packets_ = 0;  // of the last batch
  std::uint64_t errors_ = 0;
};

}  // namespace lln::exercise
