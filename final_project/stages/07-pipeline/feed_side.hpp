// What lies before the books: datagrams of both lines in, one stream without holes out (stages 2, 4, 5 and 6), with the
// two connections that recovery needs. The brief is in README.md.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/project/packet.hpp>

#include <book_side.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lln::project {

class FeedSide {
 public:
  // rerequest, glimpse: the servers; nothing: there is none.
  FeedSide(const std::optional<net::Endpoint>& rerequest, const std::optional<net::Endpoint>& glimpse,
           BookSide& books) {
    static_cast<void>(rerequest);  // TODO 3
    static_cast<void>(glimpse);    // TODO 4
    static_cast<void>(books);      // TODO 2
  }

  void on_datagram(Line line, std::span<const std::byte> bytes, std::uint64_t now_ns) noexcept {
    static_cast<void>(line);  // TODO 2
    static_cast<void>(bytes);
    static_cast<void>(now_ns);
  }

  // Each time round the loop: timers, requests and replies, a slice of a snapshot. Never waits.
  void service(std::uint64_t now_ns) noexcept {
    static_cast<void>(now_ns);  // TODO 3, TODO 4
  }
};

}  // namespace lln::project
