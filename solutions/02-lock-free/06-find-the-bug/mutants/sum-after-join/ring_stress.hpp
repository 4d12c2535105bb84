// mutant: cedar tsan: the sum is read after join, which orders it
#pragma once

#include <suspects.hpp>

#include <array>
#include <atomic>
#include <thread>

namespace lln::exercise {

template <class Ring>
void stress(Ring& ring) {
  constexpr std::uint64_t trades = 4'000;  // 500 laps
  std::thread producer([&ring] {
    std::uint64_t next = 0;
    std::uint64_t sum = 0;
    while (next < trades) {
      std::array<Trade, 3> batch;
      for (std::uint64_t i = 0; i < 3; ++i) batch[i] = {next + i, 100};
      std::size_t pushed = 0;
      if (next < trades / 2) {  // not in turns: a single push that follows would publish the batch, too
        pushed = ring.push_batch(batch);
      } else {
        pushed = ring.try_push(batch[0]) ? 1 : 0;
      }
      next += pushed;
      sum += 100 * pushed;
      if (pushed == 0) std::this_thread::yield();
    }
    ring.close(sum);
  });
  std::uint64_t sum = 0;
  std::uint64_t total = 1;
  for (bool closed = false; !closed || sum != total;) {
    Trade trade;
    if (ring.try_pop(trade)) {
      sum += trade.quantity;
    } else if (sum >= 100 * trades) {
      break;
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  total = ring.closed_sum().value_or(0);
}

}  // namespace lln::exercise
