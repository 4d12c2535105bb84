// A server's UDP socket and the buffer in which its requests become answers.
#pragma once

#include "datagram_port.hpp"

#include <lln/net/udp_socket.hpp>

#include <vector>

namespace lln::app::detail {

class UdpPort final : public DatagramPort {
 public:
  // `local` with its port 0 or not; `shared`: several workers bind the same one.
  UdpPort(const EchoOptions& options, const net::Endpoint& local, bool shared);

  bool serve(int most, Meter& meter, EchoReport& report) noexcept override;

  net::Endpoint local_endpoint() const { return socket_.local_endpoint(); }
  int fd() const noexcept override { return socket_.fd(); }

 private:
  ssize_t receive(sockaddr_in& from, std::uint64_t& stamp) noexcept;

  net::UdpSocket socket_;
  std::size_t max_payload_;
  bool kernel_stamps_;
  std::vector<std::byte> buffer_;
};

}  // namespace lln::app::detail
