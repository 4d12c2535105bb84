// A server's UDP socket and the buffer in which its requests become answers.
#pragma once

#include "datagram_port.hpp"
#include "udp_stamps.hpp"

#include <lln/net/udp_socket.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lln::app::detail {

class UdpPort final : public DatagramPort {
 public:
  // `local` with its port 0 or not; `shared`: several workers bind the same one.
  UdpPort(const EchoOptions& options, const net::Endpoint& local, bool shared);

  bool serve(int most, Meter& meter, EchoReport& report) noexcept override;
  void finish(EchoReport& report) noexcept override;

  net::Endpoint local_endpoint() const { return socket_.local_endpoint(); }
  int fd() const noexcept override { return socket_.fd(); }
  // See EchoServer::stamps().
  std::string stamps() const { return stamps_ ? stamps_->detail() : ""; }

 private:
  template <class Stamps>
  bool serve_by(Stamps& stamps, int most, Meter& meter, EchoReport& report) noexcept;

  net::UdpSocket socket_;
  std::size_t max_payload_;
  std::unique_ptr<UdpStamps> stamps_;  // nobody: the program's clock
  std::vector<std::byte> buffer_;
};

}  // namespace lln::app::detail
