#include "udp_stamps.hpp"

#include <lln/net/detail/receive_control.hpp>

#include <sys/socket.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace lln::app::detail {
namespace {

net::ReceiveStamps stamps_for(const EchoOptions& options) {
  if (options.stamps != EchoStamps::hardware) return {};
  const std::string name = options.interface.empty() ? options.udp->address.to_string() : options.interface;
  return {net::timestamp_support(net::Interface::named(name)), true};
}

}  // namespace

UdpStamps::UdpStamps(const EchoOptions& options, int fd)
    : receive_(stamps_for(options)),
      wanted_{.receive = true, .sent = options.departures, .hardware = receive_.hardware()},
      timestamping_(fd, wanted_) {
  if (options.departures) departures_.emplace();
}

ssize_t UdpStamps::receive(std::span<std::byte> buffer, sockaddr_in& from, std::uint64_t& rx) noexcept {
  alignas(cmsghdr) std::byte control[net::detail::receive_control_bytes];
  iovec vector{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof from;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(timestamping_.fd(), &header, MSG_DONTWAIT);
  if (size < 0) return size;
  const auto found = net::detail::read_receive_control(header);
  if (found.hardware_ns != 0) receive_.keep_up();
  const std::int64_t stamp = receive_.stamp(found.kernel_ns, found.hardware_ns);
  if (stamp > 0) {
    rx = static_cast<std::uint64_t>(stamp);
  } else {
    ++unstamped_;
  }
  return size;
}

void UdpStamps::answered(std::span<const std::byte> answer, bool stamped, bool sent) noexcept {
  if (!departures_) return;
  if (!sent) {
    // Some kernels have counted it, others have not: the ids begin again.
    collect();
    departures_->forget();
    try {
      timestamping_ = net::Timestamping(timestamping_.fd(), wanted_);
    } catch (const std::system_error&) {
      // What is not stamped is counted.
    }
    return;
  }
  const auto rx = load_be<std::uint64_t>(&answer[echo_offset::server_rx]);
  const auto tx = load_be<std::uint64_t>(&answer[echo_offset::server_tx]);
  departures_->sent(timestamping_.id_of_send(answer.size()), stamped ? rx : 0, tx);
}

void UdpStamps::pause() noexcept {
  receive_.keep_up();
  if (departures_) collect();
}

std::size_t UdpStamps::collect() noexcept {
  std::size_t count = 0;
  for (; const auto stamp = timestamping_.next_transmit(); ++count) {
    const std::int64_t time = receive_.stamp(stamp->time_ns, stamp->hardware_ns);
    if (time > 0) departures_->stamp(stamp->id, static_cast<std::uint64_t>(time), stamp->hardware_ns != 0);
  }
  return count;
}

void UdpStamps::finish(EchoReport& report) noexcept {
  using namespace std::chrono_literals;
  report.unstamped += std::exchange(unstamped_, 0);
  if (!departures_) return;
  while (timestamping_.wait_transmit(10ms) && collect() > 0) {
  }
  departures_->forget();
  report.departures = departures_->found();
}

}  // namespace lln::app::detail
