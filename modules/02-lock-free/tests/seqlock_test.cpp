// Seqlock: values of every size, versions, and readers that must never see a mixed value.
#include "two_threads.hpp"

#include <lln/lock_free/seqlock.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace {

using lln::lock_free::Seqlock;
using lln::test::OnProcessor;

template <std::size_t bytes>
struct Plain {
  std::array<unsigned char, bytes> data{};
  bool operator==(const Plain&) const = default;
};

template <std::size_t bytes>
void keeps_all_bytes() {
  Plain<bytes> written;
  for (std::size_t i = 0; i < bytes; ++i) written.data[i] = static_cast<unsigned char>(i + 1);
  Seqlock<Plain<bytes>> lock;
  EXPECT_EQ(lock.load(), Plain<bytes>{});
  lock.store(written);
  EXPECT_EQ(lock.load(), written) << bytes << " bytes";
  EXPECT_EQ(Seqlock<Plain<bytes>>(written).load(), written) << bytes << " bytes";
}

TEST(Seqlock, KeepsAllBytesWhateverTheSize) {
  keeps_all_bytes<1>();
  keeps_all_bytes<7>();
  keeps_all_bytes<8>();
  keeps_all_bytes<9>();
  keeps_all_bytes<64>();
  keeps_all_bytes<100>();
}

TEST(Seqlock, CountsItsStores) {
  Seqlock<int> lock;
  EXPECT_EQ(lock.stores(), 0U);
  lock.store(1);
  lock.store(2);
  EXPECT_EQ(lock.stores(), 2U);
}

// ThreadSanitizer: the plain array is written before the store and read after the load, and only the seqlock
// orders the two.
TEST(SeqlockThreads, ReadersSeeWholeValuesThatNeverGoBack) {
  constexpr std::uint64_t stores = lln::test::thread_sanitizer ? 20'000 : 400'000;
  using Value = std::array<std::uint64_t, 8>;
  Seqlock<Value> lock;
  std::vector<std::uint64_t> plain(stores + 1, 0);
  std::atomic<int> ready{0};
  const auto read = [&](int cpu) {
    const OnProcessor mine(cpu);
    ready.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t last = 0;
    std::uint64_t wrong = 0;
    while (last < stores) {
      const Value value = lock.load();
      for (const std::uint64_t word : value) wrong += word != value[0];
      wrong += value[0] < last || plain[value[0]] != value[0];
      if (value[0] == last) std::this_thread::yield();
      last = value[0];
    }
    EXPECT_EQ(wrong, 0U) << "values mixed, going back, or seen before what was written before them";
  };
  std::thread one(read, 1);
  std::thread two(read, 0);
  while (ready.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
  for (std::uint64_t i = 1; i <= stores; ++i) {
    plain[i] = i;
    Value value;
    value.fill(i);
    lock.store(value);
    if (i % 1024 == 0) std::this_thread::yield();
  }
  one.join();
  two.join();
}

}  // namespace
