#include "udp_port.hpp"

#include "meter.hpp"

#include <lln/app/echo/session.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace lln::app::detail {
namespace {

// What UdpStamps does, without stamps.
struct ProgramClock {
  int fd;

  ssize_t receive(std::span<std::byte> buffer, sockaddr_in& from, std::uint64_t&) noexcept {
    socklen_t size = sizeof from;
    return ::recvfrom(fd, buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from),
                      &size);
  }
  void answered(std::span<const std::byte>, bool, bool) noexcept {}
  void pause() noexcept {}
};

}  // namespace

UdpPort::UdpPort(const EchoOptions& options, const net::Endpoint& local, bool shared)
    : max_payload_(options.max_payload),
      buffer_(echo_header_size + options.max_payload + 1) {  // one more: what is longer shows
  if (shared) socket_.set_reuse_port(true);
  socket_.set_receive_buffer(4 << 20);
  if (options.busy_poll) socket_.set_busy_poll(*options.busy_poll);
  if (options.stamps != EchoStamps::program) stamps_ = std::make_unique<UdpStamps>(options, fd());
  socket_.bind(local);
}

template <class Stamps>
bool UdpPort::serve_by(Stamps& stamps, int most, Meter& meter, EchoReport& report) noexcept {
  for (int i = 0; i < most; ++i) {
    sockaddr_in from;
    std::uint64_t stamp = 0;
    const ssize_t size = stamps.receive(buffer_, from, stamp);
    if (size < 0) {
      // An earlier answer met a closed port; the socket is as good as before.
      if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EINTR) continue;
      stamps.pause();
      return false;
    }
    const std::uint64_t rx = stamp != 0 ? stamp : meter.now();
    ++report.reads;
    const std::span datagram(buffer_.data(), static_cast<std::size_t>(size));
    const EchoReason reason = answer_echo_datagram(datagram, rx, max_payload_, meter);
    if (reason != EchoReason::ok) {
      ++report.refused[static_cast<std::size_t>(reason)];
      continue;
    }
    ++report.writes;
    const ssize_t sent = ::sendto(fd(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&from), sizeof from);
    stamps.answered(datagram, stamp != 0, sent >= 0);
    if (sent < 0) ++report.unsent;
  }
  stamps.pause();
  return true;
}

bool UdpPort::serve(int most, Meter& meter, EchoReport& report) noexcept {
  if (stamps_) return serve_by(*stamps_, most, meter, report);
  ProgramClock clock{fd()};
  return serve_by(clock, most, meter, report);
}

void UdpPort::finish(EchoReport& report) noexcept {
  if (stamps_) stamps_->finish(report);
}

}  // namespace lln::app::detail
