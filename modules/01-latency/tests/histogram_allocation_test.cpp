// Its own program, because it replaces operator new for all of it.
#include <lln/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using lln::latency::Histogram;

TEST(HistogramAllocation, OnlyTheConstructorAllocates) {
  const std::size_t before = allocations;
  Histogram h(1'000'000'000, 3);
  EXPECT_GT(allocations, before) << "the counter counts";
  const Histogram other(1'000'000'000, 3);

  const std::size_t built = allocations;
  for (std::uint64_t v = 1; v != 0; v *= 2) {
    h.record(v);
    h.record(v + 1, 3);
  }
  h.merge(other);
  const std::uint64_t p99 = h.value_at_percentile(99);
  h.reset();
  EXPECT_EQ(allocations, built) << "record, merge, value_at_percentile and reset allocate nothing";
  EXPECT_NE(p99, 0U);
}

}  // namespace
