// Exercise 02-06: a test that finds what x86 hides. The brief is in README.md; the rings are in suspects.hpp.
#pragma once

#include <suspects.hpp>

#include <atomic>
#include <thread>

namespace lln::exercise {

// Use `ring` in such a way that ThreadSanitizer reports a data race if one of the ring's memory orders is wrong, and
// reports nothing if all are right. Ends by itself, within two seconds.
template <class Ring>
void stress(Ring& ring) {
  // TODO: this test is green for every ring. Why?
  for (std::uint64_t i = 0; i < 5; ++i) {
    Trade trade;
    ring.try_push({i, 100});
    ring.try_pop(trade);
  }
}

}  // namespace lln::exercise
