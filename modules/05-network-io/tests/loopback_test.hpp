// Common ground of the multicast tests: a group of one's own on the loopback interface.
#pragma once

#include "test_support.hpp"

#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace lln::net::test {

// Administratively scoped (RFC 2365), random: several test runs on one machine rarely meet.
inline Ipv4Address random_group() {
  std::random_device device;
  return {0xEF000000U | ((device() ^ static_cast<unsigned>(::getpid()) << 8) & 0x00FFFFFFU) | 1U};
}

// First bytes of each test datagram. `run` tells ours from those of a test run that picked the same group.
struct Header {
  std::uint64_t run;
  std::uint64_t number;
};

inline std::uint64_t this_run() {
  static const std::uint64_t run =
      std::uint64_t{std::random_device{}()} << 32 | static_cast<unsigned>(::getpid());
  return run;
}

// A datagram's content: the header, then bytes that depend on number and position.
inline std::vector<std::byte> content(std::uint64_t number, std::size_t size) {
  std::vector<std::byte> bytes(std::max(size, sizeof(Header)));
  const Header header{this_run(), number};
  std::memcpy(bytes.data(), &header, sizeof header);
  for (std::size_t i = sizeof header; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

inline std::optional<std::uint64_t> number_of(std::span<const std::byte> bytes) {
  Header header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.run != this_run()) return std::nullopt;
  return header.number;
}

inline bool equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

struct Copy {
  std::uint64_t number;
  std::vector<std::byte> bytes;
  std::int64_t kernel_rx_ns;
  bool truncated;
};

// Receives until `done` says so or patience ends; our datagrams only.
inline std::vector<Copy> receive_until(MulticastReceiver& receiver,
                                       const std::function<bool(const std::vector<Copy>&)>& done) {
  std::vector<Copy> result;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done(result) && std::chrono::steady_clock::now() < deadline) {
    receiver.wait(100ms);
    for (const auto& datagram : receiver.receive()) {
      if (const auto number = number_of(datagram.bytes)) {
        result.push_back({*number,
                          {datagram.bytes.begin(), datagram.bytes.end()},
                          datagram.kernel_rx_ns,
                          datagram.truncated});
      }
    }
  }
  return result;
}

inline std::vector<Copy> receive_count(MulticastReceiver& receiver, std::size_t count) {
  return receive_until(receiver, [=](const auto& copies) { return copies.size() >= count; });
}

inline std::vector<std::uint64_t> numbers(const std::vector<Copy>& copies) {
  std::vector<std::uint64_t> result;
  for (const Copy& copy : copies) result.push_back(copy.number);
  return result;
}

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> result;
  for (; first < end; ++first) result.push_back(first);
  return result;
}

inline bool put(MulticastSender& sender, std::uint64_t number, std::size_t size = 64) {
  const auto bytes = content(number, size);
  const auto memory = sender.loan();
  if (memory.size() < bytes.size()) return false;
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  sender.commit(bytes.size());
  return true;
}

class LoopbackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const std::string obstacle = probe();
    if (!obstacle.empty()) GTEST_SKIP() << "multicast does not work on the loopback interface: " << obstacle;
  }

  MulticastReceiver::Options from(const Endpoint& group) const { return {.group = group, .interface = lo_}; }
  MulticastSender::Options to(const Endpoint& group) const { return {.group = group, .interface = lo_}; }
  MulticastReceiver::Options any_port() const { return from({group_, 0}); }

  Interface lo_ = Interface::loopback();
  Ipv4Address group_ = random_group();

 private:
  // With plain system calls, so that a broken receiver fails its tests instead of skipping them.
  static std::string probe() {
    const auto failed = [](const char* call) {
      return call + (": " + std::generic_category().message(errno));
    };
    const FileDescriptor in(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const FileDescriptor out(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ip_mreqn membership{};
    membership.imr_multiaddr.s_addr = htonl(random_group().value);
    membership.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = membership.imr_multiaddr;
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(in.get(), generic, size) != 0) return failed("bind");
    if (::getsockname(in.get(), generic, &size) != 0) return failed("getsockname");
    if (::setsockopt(in.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) != 0) {
      return failed("IP_ADD_MEMBERSHIP");
    }
    if (::setsockopt(out.get(), IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership) != 0) {
      return failed("IP_MULTICAST_IF");
    }
    if (::sendto(out.get(), "", 1, 0, generic, size) != 1) return failed("sendto");
    pollfd arrival{in.get(), POLLIN, 0};
    return ::poll(&arrival, 1, 5'000) == 1 ? "" : "a datagram was sent and did not arrive";
  }
};

}  // namespace lln::net::test
