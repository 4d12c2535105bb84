// UDP through a UringLoop at each end: receives that go on by themselves, sends from registered memory.
#include "ways.hpp"

#ifdef LLN_HAVE_LIBURING
#include <lln/net/uring_loop.hpp>
#endif

#include <algorithm>

namespace lln::around_kernel {

#ifdef LLN_HAVE_LIBURING
namespace {

using namespace std::chrono_literals;

enum class Waits { asleep, busy_polling, spinning, polled_by_kernel };

class UringEnd {
 public:
  UringEnd(round_trip::UdpEnd socket, Waits waits) : socket_(std::move(socket)), waits_(waits) {}

  // Goes out with the next receive(); the last message has none.
  bool send(std::span<const std::byte> message) noexcept {
    if (!open()) return false;
    const auto memory = loop_->loan();
    if (memory.empty()) return false;
    std::copy(message.begin(), message.end(), memory.begin());
    if (!loop_->send_registered(socket_.fd(), message.size(), 0)) return false;
    Message copy;
    std::copy(message.begin(), message.end(), copy.begin());
    if (round_trip::number_in(copy) == round_trip::last_message || waits_ == Waits::polled_by_kernel)
      return take(loop_->poll());
    return true;
  }

  bool receive(std::span<std::byte> message) noexcept {
    if (!open()) return false;
    Patience patience_left;
    const auto until = std::chrono::steady_clock::now() + round_trip::patience;
    while (!full_) {
      if (waits_ == Waits::asleep || waits_ == Waits::busy_polling) {
        if (!take(loop_->wait(1000ms)) || std::chrono::steady_clock::now() > until) return false;
      } else if (!take(loop_->poll()) || patience_left.over()) {
        return false;
      }
    }
    full_ = false;
    std::copy(last_.begin(), last_.end(), message.begin());
    return true;
  }

 private:
  bool take(std::span<const net::UringEvent> events) noexcept {
    for (const net::UringEvent& event : events) {
      if (event.kind == net::UringEvent::Kind::sent) {
        if (event.result != static_cast<int>(last_.size())) return false;
        continue;
      }
      if (event.last || event.bytes.size() != last_.size()) return false;
      std::copy(event.bytes.begin(), event.bytes.end(), last_.begin());
      full_ = true;
    }
    return true;
  }

  // By the thread that uses it, on its CPU.
  bool open() noexcept {
    if (loop_) return true;
    try {
      net::UringLoop::Options options;
      if (waits_ == Waits::polled_by_kernel) options.sqpoll = ::sched_getcpu();
      loop_.emplace(options);
      if (waits_ == Waits::busy_polling && !loop_->set_busy_poll(200us)) return false;
      return loop_->receive_datagrams(socket_.fd(), 0).has_value() && take(loop_->poll());
    } catch (const std::exception&) {
      return false;  // tried before the turn: what can be refused was not
    }
  }

  round_trip::UdpEnd socket_;
  Waits waits_;
  std::optional<net::UringLoop> loop_;
  Message last_{};
  bool full_ = false;
};

std::string why_not(Waits waits) {
  if (std::string why = net::UringLoop::why_not(); !why.empty()) return why;
  try {
    net::UringLoop::Options options;
    if (waits == Waits::polled_by_kernel) options.sqpoll = 0;
    net::UringLoop loop(options);
    if (waits == Waits::busy_polling && !loop.set_busy_poll(200us))
      return "IORING_REGISTER_NAPI is refused (Linux 6.9 and later have it)";
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

// As round_trip::ask, with few trips: each of them waits for the scheduler several times.
bool ask_few(UringEnd& end, const Plan& plan, latency::Histogram& values) noexcept {
  constexpr std::uint64_t unmeasured = 2;
  constexpr std::uint64_t trips = 8;
  Message message{};
  for (std::uint64_t number = 0; number < trips; ++number) {
    round_trip::put_number(message, number);
    const std::uint64_t start = latency::TscClock::now();
    if (!end.send(message) || !end.receive(message)) return false;
    const std::uint64_t taken = latency::TscClock::now() - start;
    if (number >= unmeasured) values.record(static_cast<std::uint64_t>(plan.clock.to_ns(taken)));
  }
  round_trip::put_number(message, round_trip::last_message);
  return end.send(message) && end.receive(message);
}

contest::Turn turn(const Course& course, latency::Histogram& values, Waits waits) {
  if (const std::string why = why_not(waits); !why.empty()) throw contest::Unavailable(why);
  const auto place = round_trip::two_cpus(course.plan);
  auto [near, far] = udp_pair(round_trip::across(course.cable));
  UringEnd near_end(std::move(near), waits);
  UringEnd far_end(std::move(far), waits);
  if (waits == Waits::polled_by_kernel) {
    round_trip::run_both(
        place, [&] { round_trip::echo(far_end); }, [&] { return ask_few(near_end, course.plan, values); });
    return round_trip::median_of(values);
  }
  return ping_pong(near_end, far_end, course.plan, place, values);
}

}  // namespace

void add_io_uring(Contestants& contestants, const Course& course) {
  const auto add = [&](const char* name, const char* title, Waits waits) {
    contest::add(contestants, name, title, base,
                 [&course, waits](auto& values) { return turn(course, values, waits); });
  };
  add("uring-blocking", "io_uring, sleeping", Waits::asleep);
  add("uring-busy-poll", "io_uring, busy polling", Waits::busy_polling);
  add("uring-spin", "io_uring, spinning", Waits::spinning);
  add("uring-sqpoll", "io_uring, polled by the kernel (SQPOLL)", Waits::polled_by_kernel);
}
#else
void add_io_uring(Contestants& contestants, const Course&) {
  contest::add(contestants, "uring-spin", "io_uring", base, [](auto&) -> contest::Turn {
    throw contest::Unavailable("built without liburing (apt: liburing-dev)");
  });
}
#endif

}  // namespace lln::around_kernel
