#include "socket_options.hpp"

#include <lln/net/impairment_relay.hpp>

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace lln::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t headers = 28;  // IPv4 and UDP: on the link, not in the datagram
constexpr int most_at_once = 64;     // of one socket, before what is due is looked at again
constexpr auto glance = 50ms;        // at `stop`

Impairment::Time now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Impairment::Time{detail::to_ns(time)};
}

// Without it, each wake-up may come 50 us late on purpose.
class NoTimerSlack {
 public:
  NoTimerSlack() : before_(::prctl(PR_GET_TIMERSLACK)) { ::prctl(PR_SET_TIMERSLACK, 1UL); }
  ~NoTimerSlack() {
    if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(before_));
  }
  NoTimerSlack(const NoTimerSlack&) = delete;
  NoTimerSlack& operator=(const NoTimerSlack&) = delete;

 private:
  int before_;
};

void count(ImpairmentRelay::Direction& direction, bool sent, Impairment::Time late) noexcept {
  ++(sent ? direction.sent : direction.refused);
  if (sent) direction.lateness_ns.record(static_cast<std::uint64_t>(std::max<std::int64_t>(late.count(), 0)));
}

}  // namespace

ImpairmentRelay::ImpairmentRelay(const Options& options)
    : options_(options),
      forward_(options.forward, options.under_way, options.max_datagram),
      backward_(options.backward, options.under_way, options.max_datagram),
      buffer_(options.max_datagram + 1) {
  if (options.server.port == 0) throw std::invalid_argument("impairment relay: the server needs a port");
  detail::require_range("max_clients", static_cast<long long>(options.max_clients), 1, 10'000);
  clients_.reserve(options.max_clients);
  polled_.reserve(options.max_clients + 1);
  door_.bind(options.listen);
  door_.set_receive_buffer(4 << 20);
  polled_.push_back({door_.fd(), POLLIN, 0});
}

std::uint32_t ImpairmentRelay::client_at(const Endpoint& address) {
  if (last_client_ < clients_.size() && clients_[last_client_].address == address) return last_client_;
  const auto found = std::find_if(clients_.begin(), clients_.end(),
                                  [&](const Client& client) { return client.address == address; });
  if (found != clients_.end()) return last_client_ = static_cast<std::uint32_t>(found - clients_.begin());
  if (clients_.size() == options_.max_clients) return nobody;
  Client client{address, {}};
  client.socket.connect(options_.server);
  client.socket.set_receive_buffer(4 << 20);
  polled_.push_back({client.socket.fd(), POLLIN, 0});
  clients_.push_back(std::move(client));
  return last_client_ = static_cast<std::uint32_t>(clients_.size() - 1);
}

// One byte more than may pass: a datagram that fills it is too long, and the line counts it.
void ImpairmentRelay::take_in() {
  for (int i = 0; i < most_at_once; ++i) {
    const auto received = door_.receive_from(buffer_);
    if (!received) return;
    const std::uint32_t client = client_at(received->from);
    if (client == nobody) {
      ++report_.not_served;
      continue;
    }
    forward_.put(now(), std::span(buffer_).first(received->bytes), client, headers);
  }
}

void ImpairmentRelay::take_in_from(std::uint32_t client) {
  for (int i = 0; i < most_at_once; ++i) {
    const auto size = clients_[client].socket.receive(buffer_);
    if (!size) return;
    backward_.put(now(), std::span(buffer_).first(*size), client, headers);
  }
}

void ImpairmentRelay::pass_on() {
  while (const auto packet = forward_.take(now())) {
    const bool sent = clients_[packet->tag].socket.send(packet->bytes);
    count(report_.forward, sent, now() - packet->due);
  }
  while (const auto packet = backward_.take(now())) {
    const bool sent = door_.send_to(packet->bytes, clients_[packet->tag].address);
    count(report_.backward, sent, now() - packet->due);
  }
}

void ImpairmentRelay::wait() noexcept {
  Impairment::Time until = now() + glance;
  if (const auto due = forward_.next_due()) until = std::min(until, *due);
  if (const auto due = backward_.next_due()) until = std::min(until, *due);
  const auto left = std::max<std::int64_t>((until - now()).count(), 0);
  const timespec timeout{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  if (::ppoll(polled_.data(), polled_.size(), &timeout, nullptr) > 0) return;
  for (pollfd& entry : polled_) entry.revents = 0;
}

void ImpairmentRelay::run(const std::atomic<bool>& stop) {
  const NoTimerSlack no_slack;
  while (!stop.load(std::memory_order_relaxed)) {
    wait();
    // An error on a socket (nobody listened) is taken off it by the receive that fails.
    if (polled_[0].revents != 0) take_in();
    for (std::uint32_t client = 0; client < clients_.size(); ++client) {
      if (polled_[client + 1].revents != 0) take_in_from(client);
    }
    pass_on();
  }
}

ImpairmentRelay::Report ImpairmentRelay::report() const {
  Report report = report_;
  const auto fill = [](Direction& direction, const ImpairedLine& line) {
    direction.fates = line.counters();
    direction.too_many = line.too_many();
    direction.too_long = line.too_long();
  };
  fill(report.forward, forward_);
  fill(report.backward, backward_);
  report.clients = clients_.size();
  return report;
}

}  // namespace lln::net
