// Answers MoldUDP64 re-requests by unicast UDP: as many of the wanted messages as fit one datagram.
//
// Silent, and counting why, when the request is malformed, of another session, outside the history, or over the rate
// limit (a token bucket). Threads: one thread. Guarantees: non-blocking; at most 16 requests a step; no allocation.
// Source: SPEC.md section 4.
#pragma once

#include <lln/exchange/message_log.hpp>
#include <lln/feed/moldudp64.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/udp_socket.hpp>

#include <cstdint>
#include <vector>

namespace lln::exchange {

struct RerequestCounters {
  std::uint64_t requests = 0;  ///< datagrams received
  std::uint64_t served = 0;
  std::uint64_t messages_served = 0;
  std::uint64_t malformed = 0;
  std::uint64_t other_session = 0;
  std::uint64_t not_published = 0;
  std::uint64_t too_old = 0;
  std::uint64_t rate_limited = 0;
  std::uint64_t send_failed = 0;

  std::uint64_t refused() const noexcept {
    return malformed + other_session + not_published + too_old + rate_limited;
  }
};

class RerequestServer {
 public:
  struct Options {
    net::Endpoint local;  ///< port 0 = any free one
    feed::SessionId session{};
    std::size_t max_datagram = 1472;
    double requests_per_second = 10'000;  ///< a tenth of it may come at once, but at least one
  };

  /// Binds; throws std::system_error.
  explicit RerequestServer(const Options& options);

  /// Serves waiting requests. Messages [first, published) may be sent.
  void step(std::int64_t now_ns, const MessageLog& log, std::uint64_t first,
            std::uint64_t published) noexcept;

  net::Endpoint local_endpoint() const { return socket_.local_endpoint(); }
  int fd() const noexcept { return socket_.fd(); }
  const RerequestCounters& counters() const noexcept { return counters_; }

 private:
  bool take_token(std::int64_t now_ns) noexcept;
  void serve(std::span<const std::byte> datagram, const net::Endpoint& from, std::int64_t now_ns,
             const MessageLog& log, std::uint64_t first, std::uint64_t published) noexcept;

  Options options_;
  net::UdpSocket socket_;
  std::vector<std::byte> reply_;
  feed::PacketBuilder builder_;
  double most_tokens_;
  double tokens_;
  std::int64_t tokens_at_ns_ = 0;
  RerequestCounters counters_;
};

}  // namespace lln::exchange
