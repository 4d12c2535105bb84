// Common ground of the tests with XDP programs: a cable, and both of its ends in one thread.
#pragma once

#include <lln/net/test_net.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/udp_socket.hpp>
#include <lln/net/xdp_socket.hpp>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace lln::net::test {

using namespace std::chrono_literals;
using Side = TestNet::Side;
using Bytes = std::vector<std::byte>;

// How long a test waits for something that must come. Only a failing test waits that long.
inline constexpr auto patience = 20s;

inline Bytes payload(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

// The number of the XDP program on an interface of the calling thread's namespace; 0: none.
inline std::uint32_t program_on(const Interface& interface) {
  std::uint32_t id = 0;
  return bpf_xdp_query_id(interface.index, 0, &id) == 0 ? id : ~0U;
}

class XdpTest : public testing::Test {
 protected:
  static constexpr Endpoint far_end{TestNet::address(Side::far), 7000};

  void SetUp() override {
    static const std::string obstacle =
        XdpSocket::why_not().empty() ? TestNet::why_not() : XdpSocket::why_not();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    net_.emplace();
    net_->enter(Side::near);
    near_.emplace();
    near_->bind({TestNet::address(Side::near), 0});
    near_->connect(far_end);
    near_->set_receive_buffer(1 << 20);
    net_->enter(Side::far);
  }
  void TearDown() override {
    if (net_) net_->leave();
  }

  std::optional<Bytes> received_near() {
    Bytes buffer(2048);
    const auto size = near_->receive(buffer, patience);
    if (!size) return std::nullopt;
    buffer.resize(*size);
    return buffer;
  }

  std::optional<TestNet> net_;
  std::optional<UdpSocket>
      near_;  // an ordinary socket on the near side, connected to far_end; we are on the far side
};

}  // namespace lln::net::test
