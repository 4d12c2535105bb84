// The measured loop, the same for every mechanism: a number goes to the other thread and comes back.
//
// A mechanism is two ends. An end is any class with
//   bool send(std::span<const std::byte>) noexcept       the whole message, or false
//   bool receive(std::span<std::byte>) noexcept          the whole message, waiting in its own way; false: gave up
// Each end is used by one thread only, which is pinned before the first call.
#pragma once

#include "../contest/contest.hpp"

#include <lln/latency/tsc_clock.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lln::round_trip {

constexpr std::size_t message_bytes = 64;
constexpr std::uint64_t last_message = ~std::uint64_t{0};
constexpr std::uint64_t unmeasured_trips = 100;               // first touches, first wake-ups
constexpr std::uint64_t least_trips = unmeasured_trips + 20;  // however long they take on a busy machine
// Longer than any pause of a busy machine: a message that is not there by then is lost.
constexpr std::chrono::seconds patience{20};

using Message = std::array<std::byte, message_bytes>;

struct Plan {
  std::vector<int> cpus;  // those of this process
  std::chrono::milliseconds turn{250};
  latency::TscClock clock;
};

// Where the two threads of a turn run.
struct Place {
  int near;
  int far;
};

Place one_cpu(const Plan& plan);
Place two_cpus(const Plan& plan);  // Unavailable where there is one

inline std::uint64_t number_in(const Message& message) noexcept {
  std::uint64_t number;
  std::memcpy(&number, message.data(), sizeof number);
  return number;
}
inline void put_number(Message& message, std::uint64_t number) noexcept {
  std::memcpy(message.data(), &number, sizeof number);
}

// A spinning end looks at the clock now and then, so that a lost message is no endless loop.
class Patience {
 public:
  bool over() noexcept {
    if (++looks_ % (1U << 20U) != 0) return false;
    const auto now = std::chrono::steady_clock::now();
    if (!start_) start_ = now;
    return now - *start_ > patience;
  }

 private:
  std::uint32_t looks_ = 0;
  std::optional<std::chrono::steady_clock::time_point> start_;
};

// #region echo
template <class End>
void echo(End& end) noexcept {
  Message message;
  while (end.receive(message)) {
    if (!end.send(message) || number_in(message) == last_message) return;
  }
}
// #endregion echo

// #region ask
// false: no answer, or the wrong one.
template <class End>
bool ask(End& end, const Plan& plan, latency::Histogram& values) noexcept {
  const std::uint64_t until = latency::TscClock::now() + plan.clock.to_ticks(plan.turn);
  Message message{};
  std::uint64_t end_of_trip = 0;
  for (std::uint64_t number = 0; end_of_trip < until || number < least_trips; ++number) {
    put_number(message, number);
    const std::uint64_t start = latency::TscClock::now();
    if (!end.send(message) || !end.receive(message)) return false;
    end_of_trip = latency::TscClock::now();
    if (number_in(message) != number) return false;
    if (number >= unmeasured_trips) {
      values.record(static_cast<std::uint64_t>(plan.clock.to_ns(end_of_trip - start)));
    }
  }
  put_number(message, last_message);
  return end.send(message) && end.receive(message);
}
// #endregion ask

contest::Turn median_of(const latency::Histogram& values);

// Runs the two at the same time, each pinned to its CPU; throws when no answer came.
void run_both(Place place, const std::function<void()>& echo, const std::function<bool()>& ask);

template <class Near, class Far>
contest::Turn ping_pong(Near& near, Far& far, const Plan& plan, Place place, latency::Histogram& values) {
  run_both(
      place, [&far] { echo(far); }, [&near, &plan, &values] { return ask(near, plan, values); });
  return median_of(values);
}

}  // namespace lln::round_trip
