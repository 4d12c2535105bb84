#include "turn.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <thread>

namespace lln::packet_life {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t warm_up = 200;
constexpr auto patience = 2s;  // for what is still under way at the end

// What the two threads share.
struct Shared {
  std::atomic<std::size_t> received{0};
  std::atomic<bool> over{false};
};

void sleep_until(Clock::time_point time) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  const timespec until{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

// The receiving thread: message by message, its number in front.
void receive_all(const Case& what, bool sleeps, int fd, std::vector<net::Arrival>& arrivals, Shared& shared) {
  net::Timestamping stamps(fd, {.receive = what.stamps});
  std::vector<std::byte> message(what.bytes);
  std::size_t filled = 0;
  while (!shared.over.load(std::memory_order_relaxed)) {
    const auto part = stamps.receive(std::span(message).subspan(filled));
    if (!part) {
      if (stamps.last_error() != EAGAIN)
        throw std::system_error(stamps.last_error(), std::generic_category(), "receiving");
      if (sleeps) {
        pollfd entry{fd, POLLIN, 0};
        ::poll(&entry, 1, 50);
      }
      continue;
    }
    if (part->bytes == 0) break;
    filled += part->bytes;
    if (filled < what.bytes) continue;
    filled = 0;
    std::uint64_t number = 0;
    std::memcpy(&number, message.data(), sizeof number);
    if (number < arrivals.size()) arrivals[number] = {part->kernel_ns, net::realtime_ns()};
    shared.received.fetch_add(1, std::memory_order_relaxed);
    if (what.work.count() > 0) {
      const auto end = Clock::now() + what.work;
      while (Clock::now() < end) {
      }
    }
  }
}

class Sender {
 public:
  Sender(const Case& what, bool sleeps, int fd, net::Departures& departures)
      : what_(what),
        sleeps_(sleeps),
        stamps_(fd, {.scheduled = what.stamps, .sent = what.stamps}),
        departures_(departures),
        message_(what.bytes) {}

  void send_all(std::size_t count, const std::atomic<bool>& stop) {
    auto next = Clock::now() + what_.interval;
    for (std::uint64_t number = 0; number < count && !stop.load(std::memory_order_relaxed); ++number) {
      if (number % what_.burst == 0) {
        wait_until(next);
        next += what_.interval;
      }
      send(number);
    }
  }

  // What has been sent may be under way still, and so may its stamps.
  void wait_for_the_rest(const Shared& shared) {
    const auto deadline = Clock::now() + patience;
    const std::size_t sent = departures_.all().size();
    const std::size_t stamps = what_.stamps ? 2 * sent : 0;
    while ((shared.received.load(std::memory_order_relaxed) < sent || departures_.stamps() < stamps) &&
           Clock::now() < deadline) {
      if (!take_stamp()) std::this_thread::sleep_for(1ms);
    }
  }

 private:
  bool take_stamp() {
    const auto stamp = stamps_.next_transmit();
    if (stamp) departures_.add_stamp(*stamp);
    return stamp.has_value();
  }

  // The stamps are read in the pauses, so that they do not delay a message.
  void wait_until(Clock::time_point time) {
    while (Clock::now() < time) {
      if (!take_stamp() && sleeps_) sleep_until(time);
    }
  }

  // #region stamped_send
  void send(std::uint64_t number) {
    std::memcpy(message_.data(), &number, sizeof number);
    const std::int64_t before = net::realtime_ns();
    const ssize_t sent = ::send(stamps_.fd(), message_.data(), message_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(message_.size()))
      throw std::system_error(errno, std::generic_category(),
                              "sending " + std::to_string(what_.bytes) + " bytes");
    departures_.add(stamps_.id_of_send(message_.size()), before);
  }
  // #endregion stamped_send

  const Case& what_;
  bool sleeps_;
  net::Timestamping stamps_;
  net::Departures& departures_;
  std::vector<std::byte> message_;
};

std::size_t first_to_count(const Case& what, const std::vector<net::Arrival>& arrivals) {
  std::size_t first = warm_up;
  while (what.stamps && first < arrivals.size() && arrivals[first].arrived_ns == 0) ++first;
  return first;
}

net::Decomposition whole_only(const net::Departures& departures, const std::vector<net::Arrival>& arrivals) {
  net::Decomposition result;
  for (std::size_t i = warm_up; i < departures.all().size(); ++i) {
    const std::int64_t ns = arrivals[i].received_ns - departures.all()[i].send_ns;
    if (arrivals[i].received_ns == 0) {
      ++result.lost;
    } else if (ns < 0) {
      ++result.backwards;
    } else {
      result.whole.record(static_cast<std::uint64_t>(ns));
    }
  }
  return result;
}

}  // namespace

Cpus cpus_of(const Case& what) {
  const auto allowed = jitter::allowed_cpus();
  if (allowed.size() < 2 || what.one_cpu) return {allowed.back(), allowed.back()};
  return {allowed.front(), allowed.back()};
}

net::Decomposition take_turn(const Case& what, const Wire& wire, std::size_t messages,
                             const std::atomic<bool>& stop) {
  const Cpus cpus = cpus_of(what);
  net::Departures departures(messages + warm_up);
  std::vector<net::Arrival> arrivals(messages + warm_up);
  Shared shared;
  std::exception_ptr sender_failed;
  std::exception_ptr receiver_failed;
  std::thread receiver([&] {
    try {
      const jitter::ThreadSetup setup({.cpu = cpus.receiver, .timer_slack = 1ns});
      receive_all(what, what.receiver_sleeps || cpus.shared(), wire.receiver.get(), arrivals, shared);
    } catch (...) {
      receiver_failed = std::current_exception();
    }
  });
  std::thread sender([&] {
    try {
      const jitter::ThreadSetup setup({.cpu = cpus.sender, .timer_slack = 1ns});
      Sender work(what, cpus.shared(), wire.sender.get(), departures);
      work.send_all(messages + warm_up, stop);
      work.wait_for_the_rest(shared);
    } catch (...) {
      sender_failed = std::current_exception();
    }
    shared.over.store(true, std::memory_order_relaxed);
  });
  sender.join();
  receiver.join();
  if (receiver_failed) std::rethrow_exception(receiver_failed);
  if (sender_failed) std::rethrow_exception(sender_failed);
  if (!what.stamps) return whole_only(departures, arrivals);
  return net::decompose(departures.all(), arrivals, first_to_count(what, arrivals));
}

}  // namespace lln::packet_life
