// DepartureLog: puts the sent stamps of answers to their requests. The stamps come later, out of step, in part never, and
// where a NIC stamps twice: the kernel's first, then its own, which counts.
//
// An answer stands in a ring until that many later ones have been sent: what has come by then is what there is.
//
// Threads: one. Guarantees: noexcept and no allocation after construction; no answer is given another one's stamp.
#pragma once

#include <lln/app/echo/report.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::app::detail {

class DepartureLog {
 public:
  static constexpr std::size_t capacity = 1024;

  // Times in ns, CLOCK_REALTIME; rx 0: the request had no stamp. Ids count, and wrap around.
  void sent(std::uint32_t id, std::uint64_t rx, std::uint64_t tx) noexcept {
    Answer& place = answers_[id % capacity];
    settle(place);
    place = {rx, tx, 0, id, true};
  }

  void stamp(std::uint32_t id, std::uint64_t time, bool hardware) noexcept {
    Answer& answer = answers_[id % capacity];
    if (answer.id != id) return;
    if (answer.sent == 0 || hardware) answer.sent = time;
  }

  // No stamp comes any more for what was sent so far.
  void forget() noexcept {
    for (Answer& answer : answers_) settle(answer);
  }

  // Complete after forget().
  const EchoDepartures& found() const noexcept { return found_; }

 private:
  struct Answer {
    std::uint64_t rx = 0;
    std::uint64_t tx = 0;
    std::uint64_t sent = 0;
    std::uint32_t id = 0;
    bool open = false;
  };

  void settle(Answer& answer) noexcept {
    if (!answer.open) return;
    answer.open = false;
    if (answer.sent == 0 || answer.rx == 0) {
      ++found_.unstamped;
    } else if (answer.tx < answer.rx || answer.sent < answer.tx) {
      ++found_.backwards;
    } else {
      found_.out.record(answer.sent - answer.tx);
      found_.through.record(answer.sent - answer.rx);
    }
  }

  std::array<Answer, capacity> answers_{};
  EchoDepartures found_;
};

}  // namespace lln::app::detail
