// Messages as the kernel hands them out, made by hand.
#pragma once

#include <lln/testkit/testkit.hpp>

#include <packet_stamps.hpp>

#include <array>

namespace lln::exercise::test {

using lln::testkit::Story;

inline constexpr const char* notes = "modules/05-network-io/README.md#time-stamps";

class Message {
 public:
  Message() {
    header_.msg_control = control_.data();
    header_.msg_controllen = 0;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // Seconds and nanoseconds of the software stamp and of the hardware stamp.
  Message& stamps(timespec software, timespec hardware = {}) {
    scm_timestamping three{};
    three.ts[0] = software;
    three.ts[2] = hardware;
    return add(SOL_SOCKET, SCM_TIMESTAMPING, &three, sizeof three);
  }
  Message& error(std::uint8_t origin, std::uint32_t info, std::uint32_t data) {
    struct {
      sock_extended_err error;
      sockaddr_in offender;  // the kernel's control message has it too
    } both{};
    both.error.ee_errno = ENOMSG;
    both.error.ee_origin = origin;
    both.error.ee_info = info;
    both.error.ee_data = data;
    return add(IPPROTO_IP, IP_RECVERR, &both, sizeof both);
  }
  Message& time_to_live(int value) { return add(IPPROTO_IP, IP_TTL, &value, sizeof value); }

  msghdr& header() { return header_; }

 private:
  Message& add(int level, int type, const void* bytes, std::size_t size) {
    auto* const one = reinterpret_cast<cmsghdr*>(control_.data() + header_.msg_controllen);
    one->cmsg_level = level;
    one->cmsg_type = type;
    one->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(one), bytes, size);
    header_.msg_controllen += CMSG_SPACE(size);
    return *this;
  }

  msghdr header_{};
  alignas(cmsghdr) std::array<char, 512> control_{};
};

}  // namespace lln::exercise::test
