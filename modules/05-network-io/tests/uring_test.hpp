// Common ground of the tests of UringLoop.
#pragma once

#include <lln/net/udp_socket.hpp>
#include <lln/net/uring_loop.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace lln::net::test {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
using Kind = UringEvent::Kind;

inline constexpr auto patience = 20s;

inline Bytes message(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

struct Seen {
  UringEvent event;
  Bytes bytes;
};

class UringLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    static const std::string obstacle = UringLoop::why_not();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  static UdpSocket bound() {
    UdpSocket socket;
    socket.bind(Endpoint::parse("127.0.0.1:0"));
    return socket;
  }

  static bool lend(UringLoop& loop, const Bytes& bytes) {
    const auto memory = loop.loan();
    if (memory.size() < bytes.size()) return false;
    std::copy(bytes.begin(), bytes.end(), memory.begin());
    return true;
  }

  // Collects events until there are so many.
  static std::vector<Seen> events(UringLoop& loop, std::size_t count) {
    std::vector<Seen> seen;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (seen.size() < count && std::chrono::steady_clock::now() < deadline) {
      for (const UringEvent& event : loop.wait(100ms))
        seen.push_back({event, {event.bytes.begin(), event.bytes.end()}});
    }
    EXPECT_GE(seen.size(), count);
    return seen;
  }
};

}  // namespace lln::net::test
