// mutant: sound tsan: both roles in one thread
#pragma once

#include <suspects.hpp>

#include <array>

namespace lln::exercise {

template <class Ring>
void stress(Ring& ring) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::array<Trade, 3> batch{{{i, 100}, {i, 100}, {i, 100}}};
    sum += 100 * ring.push_batch(batch);
    Trade trade;
    while (ring.try_pop(trade)) {
    }
  }
  ring.close(sum);
  static_cast<void>(ring.closed_sum());
}

}  // namespace lln::exercise
