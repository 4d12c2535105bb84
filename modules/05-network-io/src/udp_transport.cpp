#include "socket_options.hpp"

#include <lln/net/udp_transport.hpp>

#include <netinet/in.h>
#include <sys/time.h>

#include <cassert>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace lln::net {
namespace {

constexpr std::chrono::microseconds stop_latency = std::chrono::milliseconds(20);

// The transport whose loop runs on this thread: stop() must not wait for itself.
thread_local const UdpTransport* looping = nullptr;

void count(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
  // One writer; a statistic that publishes nothing.
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace

UdpTransport::UdpTransport(const Options& options)
    : waiting_(options.waiting),
      max_datagram_(options.max_datagram),
      in_(options.batch, options.max_datagram, detail::max_sent_datagram),
      senders_(options.batch),
      datagrams_(options.batch),
      out_(options.batch, options.max_datagram, detail::max_sent_datagram),
      receivers_(options.batch) {
  for (std::size_t i = 0; i < in_.size(); ++i) {
    in_.messages[i].msg_hdr.msg_name = &senders_[i];
    in_.messages[i].msg_hdr.msg_namelen = sizeof senders_[i];
  }
  if (options.receive_buffer_bytes != 0) socket_.set_receive_buffer(options.receive_buffer_bytes);
  if (options.send_buffer_bytes != 0) socket_.set_send_buffer(options.send_buffer_bytes);
  if (options.tos != 0) socket_.set_tos(options.tos);
  if (options.busy_poll) socket_.set_busy_poll(*options.busy_poll);
  if (options.reuse_address) socket_.set_reuse_address(true);
  if (options.reuse_port) socket_.set_reuse_port(true);
  detail::set_option(fd(), IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL off");
  const timeval timeout{0, stop_latency.count()};
  detail::set_option(fd(), SOL_SOCKET, SO_RCVTIMEO, timeout, "SO_RCVTIMEO");
  socket_.bind(options.local);
  if (options.peer) socket_.connect(*options.peer);
}

void UdpTransport::join(Ipv4Address group, const Interface& interface, std::optional<Ipv4Address> source) {
  detail::require_group({group, 0});
  detail::require_interface(interface.index);
  detail::join_group(fd(), group, interface, source);
}

void UdpTransport::send_multicast_through(const Interface& interface, int ttl, bool loop) {
  detail::require_interface(interface.index);
  detail::send_multicast_through(fd(), interface, ttl, loop);
}

void UdpTransport::claim() {
  if (running_.exchange(true, std::memory_order_acq_rel)) {
    throw std::logic_error("UdpTransport: the receiver runs already");
  }
}

void UdpTransport::start(Callback callback) {
  claim();
  if (thread_.joinable()) thread_.join();  // it ended by a stop() of the callback
  stop_.store(false, std::memory_order_relaxed);
  try {
    thread_ = std::thread([this, callback = std::move(callback)] { loop(callback); });
  } catch (...) {
    running_.store(false, std::memory_order_release);
    throw;
  }
}

void UdpTransport::run(const Callback& callback) {
  claim();
  loop(callback);
}

void UdpTransport::loop(const Callback& callback) noexcept {
  const UdpTransport* const outer = std::exchange(looping, this);
  const int flags = waiting_ == Waiting::spin ? MSG_DONTWAIT : MSG_WAITFORONE;
  while (!stop_.load(std::memory_order_acquire)) {
    const auto batch = receive_with(flags);
    if (!batch.empty()) callback(batch);
  }
  looping = outer;
  stop_.store(false, std::memory_order_relaxed);
  // Pairs with the acquire in running(): who waits for the end of a run() sees what its callbacks wrote.
  running_.store(false, std::memory_order_release);
}

void UdpTransport::stop() noexcept {
  stop_.store(true, std::memory_order_release);
  if (looping == this) return;
  if (thread_.joinable()) thread_.join();
  while (running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a run() of another thread
}

std::span<const UdpTransport::Datagram> UdpTransport::receive_with(int flags) noexcept {
  const int size = ::recvmmsg(fd(), in_.messages.data(), static_cast<unsigned>(in_.size()), flags, nullptr);
  if (size <= 0) {
    if (size < 0 && errno != EAGAIN && errno != EINTR) count(receive_errors_, 1);
    return {};
  }
  const auto used = static_cast<std::size_t>(size);
  for (std::size_t i = 0; i < used; ++i) {
    const mmsghdr& message = in_.messages[i];
    datagrams_[i] = {{in_.payload(i), message.msg_len},
                     Endpoint::from_sockaddr(senders_[i]),
                     (message.msg_hdr.msg_flags & MSG_TRUNC) != 0};
  }
  count(received_, used);
  return {datagrams_.data(), used};
}

bool UdpTransport::count_refusal(bool sent) noexcept {
  if (!sent) {
    ++send_errors_.count;
    send_errors_.last = socket_.last_error();
  }
  return sent;
}

std::span<std::byte> UdpTransport::loan() noexcept {
  if (pending_ == out_.size()) return {};
  return {out_.payload(pending_), max_datagram_};
}

void UdpTransport::commit(std::size_t bytes) noexcept { commit(bytes, nullptr); }

void UdpTransport::commit(std::size_t bytes, const Endpoint& to) noexcept {
  assert(pending_ < out_.size());
  receivers_[pending_] = to.to_sockaddr();
  commit(bytes, &receivers_[pending_]);
}

void UdpTransport::commit(std::size_t bytes, sockaddr_in* to) noexcept {
  assert(pending_ < out_.size() && bytes <= max_datagram_);
  out_.vectors[pending_].iov_len = bytes;
  msghdr& header = out_.messages[pending_].msg_hdr;
  header.msg_name = to;
  header.msg_namelen = to != nullptr ? sizeof *to : 0;
  ++pending_;
}

std::size_t UdpTransport::flush() noexcept {
  return detail::send_batch(fd(), out_, std::exchange(pending_, 0), send_errors_);
}

std::uint64_t UdpTransport::kernel_drops() noexcept {
  if (const auto total = detail::kernel_drops(fd())) drops_.observe(*total);
  return drops_.total();
}

unsigned UdpTransport::napi_id() const noexcept { return detail::napi_id(fd()); }

}  // namespace lln::net
