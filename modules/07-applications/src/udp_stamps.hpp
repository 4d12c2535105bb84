// When a UDP socket's requests came, by the kernel or the NIC, and where asked for when its answers went.
#pragma once

#include <lln/app/echo/detail/departure_log.hpp>
#include <lln/app/echo/server.hpp>
#include <lln/net/receive_stamps.hpp>

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lln::app::detail {

class UdpStamps {
 public:
  // `options.stamps` is not program's.
  UdpStamps(const EchoOptions& options, int fd);

  const std::string& detail() const noexcept { return receive_.detail(); }

  // recvmsg(2), with errno. `rx` stays as it is when there is no stamp.
  ssize_t receive(std::span<std::byte> buffer, sockaddr_in& from, std::uint64_t& rx) noexcept;
  // After each sendto(2) of an answer: whether its request had a stamp, and whether the kernel took it.
  void answered(std::span<const std::byte> answer, bool stamped, bool sent) noexcept;
  // Between two rounds: what disturbs.
  void pause() noexcept;
  void finish(EchoReport& report) noexcept;

 private:
  std::size_t collect() noexcept;

  net::ReceiveStamps receive_;
  net::Timestamping::Options wanted_;
  net::Timestamping timestamping_;
  std::optional<DepartureLog> departures_;
  std::uint64_t unstamped_ = 0;
};

}  // namespace lln::app::detail
