// How much of a timeout is left, for waits that go on after a signal or after a part of the work.
#pragma once

#include <algorithm>
#include <chrono>

namespace lln::net::detail {

inline constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24);  // fits an int

// As poll(2) and epoll_wait(2) want it: -1 = for ever.
inline int poll_timeout(std::chrono::milliseconds timeout) noexcept {
  return timeout.count() < 0 ? -1 : static_cast<int>(std::min(timeout, longest_wait).count());
}

class Deadline {
 public:
  // Negative = for ever.
  explicit Deadline(std::chrono::milliseconds timeout) noexcept
      : forever_(timeout.count() < 0), end_(Clock::now() + std::min(timeout, longest_wait)) {}

  // Rounded up, so that a wait is never shorter than asked for; -1 ms = for ever.
  std::chrono::milliseconds left() const noexcept {
    using std::chrono::milliseconds;
    if (forever_) return milliseconds(-1);
    return std::max(std::chrono::ceil<milliseconds>(end_ - Clock::now()), milliseconds(0));
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool forever_;
  Clock::time_point end_;
};

}  // namespace lln::net::detail
