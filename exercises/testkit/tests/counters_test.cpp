// What counts and what runs beside a test: seeds, threads, allocations, page faults, instrumented atomics.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/instrumented_atomic.hpp>
#include <lln/testkit/page_faults.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <sys/mman.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace lln::testkit;

TEST(Random, TwoGeneratorsOfATestAreNoTwins) {
  std::mt19937_64 first = lln::testkit::random();
  std::mt19937_64 second = lln::testkit::random();
  EXPECT_NE(first(), second());
}

TEST(Threads, RunTogetherAndMeet) {
  std::atomic<int> here{0};
  const auto meet = [&here] {
    ++here;
    while (here < 2) std::this_thread::yield();  // one after the other would wait for ever
  };
  run_together({meet, meet});
  EXPECT_EQ(here, 2);
}

TEST(Threads, AnExceptionComesBack) {
  bool other_ran = false;
  EXPECT_THROW(run_together({[&] { other_ran = true; }, [] { throw std::runtime_error("from a thread"); }}),
               std::runtime_error);
  EXPECT_TRUE(other_ran);
}

// The compiler may not leave out an allocation whose address it does not know the fate of.
void* volatile sink = nullptr;

TEST(Allocations, CountNewMallocAndTheirFamily) {
  const AllocationCounter count;
  EXPECT_EQ(count.allocations(), 0U);
  sink = ::operator new(100);
  EXPECT_EQ(count.allocations(), 1U);
  EXPECT_EQ(count.bytes(), 100U);
  ::operator delete(sink);
  EXPECT_EQ(count.allocations(), 1U);
  sink = std::malloc(10);
  std::free(sink);
  sink = std::calloc(3, 10);
  std::free(sink);
  sink = ::operator new(128, std::align_val_t{64});
  ::operator delete(sink, std::align_val_t{64});
  EXPECT_EQ(count.allocations(), 4U);
  EXPECT_EQ(count.bytes(), 100U + 10 + 30 + 128);
}

TEST(Allocations, CountThoseOfOtherThreads) {
  const AllocationCounter outer;
  std::uint64_t seen = 0;
  run_together({[&] {
    const AllocationCounter count;
    sink = std::malloc(1);
    std::free(sink);
    seen = count.allocations();
  }});
  EXPECT_EQ(seen, 1U);
  EXPECT_GE(outer.allocations(), 1U);
}

TEST(Allocations, NothingIsCountedWhenNothingIsAllocated) {
  std::string text(64, 'x');
  const AllocationCounter count;
  text.assign(32, 'y');
  EXPECT_EQ(count.allocations(), 0U);
}

TEST(PageFaults, FirstTouchIsCounted) {
  constexpr std::size_t bytes = 4 << 20;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const page = static_cast<volatile char*>(memory);
  const PageFaultCounter first;
  for (std::size_t at = 0; at < bytes; at += 4096) page[at] = 1;
  EXPECT_GE(first.minor(), 1);
  munmap(memory, bytes);
}

TEST(InstrumentedAtomic, CountsByKind) {
  InstrumentedAtomic<int> value{5};
  reset_this_thread_atomics();
  EXPECT_EQ(value.load(), 5);
  EXPECT_EQ(static_cast<int>(value), 5);
  value.store(6);
  value = 7;
  EXPECT_EQ(value.exchange(8), 7);
  EXPECT_EQ(value.fetch_add(2), 8);
  EXPECT_EQ(value++, 10);
  EXPECT_EQ(++value, 12);
  EXPECT_EQ(value -= 2, 10);
  int expected = 9;
  EXPECT_FALSE(value.compare_exchange_strong(expected, 1));
  EXPECT_EQ(expected, 10);
  EXPECT_TRUE(
      value.compare_exchange_strong(expected, 1, std::memory_order_acq_rel, std::memory_order_relaxed));
  const AtomicCounts counts = this_thread_atomics();
  EXPECT_EQ(counts, (AtomicCounts{.loads = 2, .stores = 2, .rmws = 7, .remote = 0}));
  EXPECT_EQ(counts.all(), 11U);
}

TEST(InstrumentedAtomic, RemoteIsWhatAnotherThreadWroteLast) {
  InstrumentedAtomic<int> value{0};
  reset_this_thread_atomics();
  value.load();
  EXPECT_EQ(this_thread_atomics().remote, 0U) << "the initial value is nobody's";
  AtomicCounts other;
  const auto in_another_thread = [&](auto access) {
    run_together({[&] {
      reset_this_thread_atomics();
      access();
      other = this_thread_atomics();
    }});
  };
  in_another_thread([&] { value.store(1); });
  EXPECT_EQ(other.remote, 0U);
  value.load();
  value.load();
  EXPECT_EQ(this_thread_atomics().remote, 2U);
  value.store(2);  // fetches the line, and keeps it
  EXPECT_EQ(this_thread_atomics().remote, 3U);
  value.load();
  EXPECT_EQ(this_thread_atomics().remote, 3U);
  in_another_thread([&] {
    int expected = 99;
    value.compare_exchange_strong(expected, 1);
  });
  EXPECT_EQ(other.remote, 1U);
  value.load();
  EXPECT_EQ(this_thread_atomics().remote, 3U) << "a compare_exchange that fails does not write";
}

TEST(InstrumentedAtomic, WorksForPointersAndStructures) {
  int items[3] = {1, 2, 3};
  InstrumentedAtomic<int*> pointer{items};
  EXPECT_EQ(pointer.fetch_add(2), items);
  EXPECT_EQ(*pointer.load(), 3);
  enum class Colour { red, green };
  InstrumentedAtomic<Colour> colour{Colour::red};
  colour.store(Colour::green);
  EXPECT_EQ(colour.load(), Colour::green);
  InstrumentedAtomic<bool> flag;
  EXPECT_FALSE(flag.load());
}

}  // namespace
