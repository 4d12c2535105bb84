// Common ground of the tests with DPDK: a cable, an ordinary socket at its near end, and the far end for a DpdkPort.
#pragma once

#include <lln/net/dpdk_port.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace lln::net::test {

using namespace std::chrono_literals;
using Side = TestNet::Side;
using Bytes = std::vector<std::byte>;

inline constexpr auto patience = 20s;
inline constexpr Endpoint far_end{TestNet::address(Side::far), 7000};
inline const std::string far_device = "net_af_packet0,iface=far0";

inline Bytes payload(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

// What a test has in its child. The thread is on the far side.
class Scene {
 public:
  Scene() {
    net_.enter(Side::near);
    near_.emplace();
    near_->bind({TestNet::address(Side::near), 0});
    net_.enter(Side::far);
    kernel_.emplace();  // the kernel sees the frames too, and would answer that nobody listens
    kernel_->bind(far_end);
  }

  void enter(Side side) const { net_.enter(side); }

  bool send(const Bytes& bytes) { return near_->send_to(bytes, far_end); }
  std::optional<Bytes> received_near() {
    Bytes buffer(2048);
    const auto size = near_->receive(buffer, patience);
    if (!size) return std::nullopt;
    buffer.resize(*size);
    return buffer;
  }

  // Waits for frames.
  static std::span<DpdkFrame> receive(DpdkPort& port) {
    std::span<DpdkFrame> frames;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (frames.empty() && std::chrono::steady_clock::now() < deadline) {
      frames = port.receive();
      if (frames.empty()) std::this_thread::yield();
    }
    return frames;
  }

  // Waits for frames and sends each back; how many.
  static std::size_t echo(DpdkPort& port) {
    std::size_t count = 0;
    for (DpdkFrame& frame : receive(port)) {
      const auto request = parse_udp_frame(frame.bytes);
      EXPECT_TRUE(request && request->path.to == far_end);
      if (!request) continue;
      write_udp_headers(frame.bytes, request->path.reversed(), request->payload.size());
      EXPECT_TRUE(port.send_back(frame));
      EXPECT_FALSE(port.send_back(frame)) << "gone once";
      ++count;
    }
    EXPECT_EQ(port.flush(), 0);
    return count;
  }

  void expect_round_trips(DpdkPort& port, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes message = payload(i, i * 97 % 1473);
      ASSERT_TRUE(send(message));
      ASSERT_EQ(echo(port), 1U) << "message " << i;
      ASSERT_EQ(received_near(), message) << "message " << i;
    }
  }

  // Into memory that the port lends; false: none.
  bool queue(DpdkPort& port, const Bytes& bytes) const {
    const auto frame = port.loan();
    if (frame.empty()) return false;
    std::copy(bytes.begin(), bytes.end(), frame.begin() + udp_frame_headers);
    const UdpPath path{
        {TestNet::mac(Side::far)}, {TestNet::mac(Side::near)}, far_end, near_->local_endpoint()};
    port.commit(write_udp_headers(frame, path, bytes.size()));
    return true;
  }

 private:
  TestNet net_;
  std::optional<UdpSocket> near_;
  std::optional<UdpSocket> kernel_;
};

}  // namespace lln::net::test
