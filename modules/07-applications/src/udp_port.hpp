// A server's UDP socket and the buffer in which its requests become answers.
#pragma once

#include <lln/app/echo/report.hpp>
#include <lln/app/echo/server.hpp>
#include <lln/net/udp_socket.hpp>

#include <vector>

namespace lln::app::detail {

class Meter;

class UdpPort {
 public:
  // `local` with its port 0 or not; `shared`: several workers bind the same one.
  UdpPort(const EchoOptions& options, const net::Endpoint& local, bool shared);

  // Answers what waits, at most `most` datagrams. false: nothing waits any more.
  bool serve(int most, Meter& meter, EchoReport& report) noexcept;

  net::Endpoint local_endpoint() const { return socket_.local_endpoint(); }
  int fd() const noexcept { return socket_.fd(); }

 private:
  ssize_t receive(sockaddr_in& from, std::uint64_t& stamp) noexcept;

  net::UdpSocket socket_;
  std::size_t max_payload_;
  bool kernel_stamps_;
  std::vector<std::byte> buffer_;
};

}  // namespace lln::app::detail
