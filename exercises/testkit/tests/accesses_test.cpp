// The recorder of accesses: bytes, lines, and what moves between cores.
#include <lln/testkit/accesses.hpp>
#include <lln/testkit/testkit.hpp>

#include <array>
#include <numeric>

namespace {

using namespace lln::testkit;

template <template <class> class Field>
struct Order {
  Field<std::uint64_t> price;
  Field<std::uint32_t> size;
  Field<std::uint16_t> side;
};

static_assert(sizeof(Order<Recorded>) == sizeof(Order<Plain>));
static_assert(offsetof(Order<Recorded>, side) == offsetof(Order<Plain>, side));
static_assert(sizeof(RecordedAtomic<bool>) == sizeof(std::atomic<bool>));
static_assert(alignof(RecordedAtomic<std::uint64_t>) == alignof(std::atomic<std::uint64_t>));

TEST(Accesses, ReadsAndWritesByBytes) {
  Order<Recorded> order{};
  AccessRecorder recorder;
  order.price = 100;
  order.size += 5;
  EXPECT_EQ(order.size++, 5U);
  EXPECT_EQ(order.size, 6U);
  EXPECT_EQ(recorder.bytes_written(), 8U + 4 + 4);
  EXPECT_EQ(recorder.bytes_read(), 3 * 4U);
  EXPECT_EQ(recorder.count(Access::write), 3U);
  EXPECT_EQ(recorder.accesses().front().address, reinterpret_cast<std::uintptr_t>(&order));
}

TEST(Accesses, ACopyReadsEverything) {
  const Order<Recorded> order{1, 2, 3};
  AccessRecorder recorder;
  const Order<Recorded> copy = order;
  EXPECT_EQ(recorder.bytes_read(), 14U);
  EXPECT_EQ(copy.size, 2U);
}

TEST(Accesses, DistinctLines) {
  alignas(64) std::array<Order<Recorded>, 16> orders{};  // 16 bytes each
  AccessRecorder recorder;
  for (const auto& order : orders) static_cast<void>(order.price == 0);
  EXPECT_EQ(recorder.lines(), 4U);
  recorder.clear();
  EXPECT_EQ(recorder.lines(), 0U);
  static_cast<void>(orders[3].size == 0);
  static_cast<void>(orders[3].side == 0);
  EXPECT_EQ(recorder.lines(), 1U);
}

TEST(Accesses, AnAccessAcrossTwoLines) {
  alignas(64) std::array<std::uint64_t, 16> memory{};
  AccessRecorder recorder;
  AccessRecorder::note(Access::read, reinterpret_cast<const char*>(memory.data()) + 60, 8);
  EXPECT_EQ(recorder.lines(), 2U);
}

TEST(Accesses, SpansRecordToo) {
  std::array<std::uint32_t, 32> values{};
  std::iota(values.begin(), values.end(), 0U);
  const RecordingSpan<std::uint32_t> span(values);
  AccessRecorder recorder;
  span[1] = span[7];
  EXPECT_EQ(values[1], 7U);
  EXPECT_EQ(recorder.bytes_read(), 4U);
  EXPECT_EQ(recorder.bytes_written(), 4U);
  EXPECT_EQ(recorder.accesses()[1].address, reinterpret_cast<std::uintptr_t>(&values[1]));
}

TEST(Accesses, PrefetchesAreListedAndTouchNothing) {
  std::uint64_t value = 0;
  AccessRecorder recorder;
  RecordedPrefetch{}(&value);
  ASSERT_EQ(recorder.accesses().size(), 1U);
  EXPECT_EQ(recorder.accesses()[0].kind, Access::prefetch);
  EXPECT_EQ(recorder.lines(), 0U);
}

TEST(Accesses, TheInnermostRecorderRecordsAndGoesWithItsScope) {
  Recorded<int> value;
  AccessRecorder outer;
  {
    const AccessRecorder inner;
    value = 1;
    EXPECT_EQ(inner.count(Access::write), 1U);
  }
  EXPECT_EQ(outer.count(Access::write), 0U);
  value = 2;
  EXPECT_EQ(outer.count(Access::write), 1U);
}

// ---- lines that move ----

struct alignas(64) TwoCounters {
  RecordedAtomic<std::uint64_t> first;
  RecordedAtomic<std::uint64_t> second;
};

TEST(Transfers, TwoCountersInOneLineTakeItFromEachOther) {
  TwoCounters counters;
  AccessRecorder recorder;
  for (int i = 0; i < 10; ++i) {
    recorder.on_core(0);
    counters.first.fetch_add(1);
    recorder.on_core(1);
    counters.second.fetch_add(1);
  }
  EXPECT_EQ(recorder.transfers(0), 9U) << "the first touch is no transfer";
  EXPECT_EQ(recorder.transfers(1), 10U);
  EXPECT_EQ(counters.first.load(), 10U);
}

TEST(Transfers, TwoLinesStayWhereTheyAre) {
  std::array<TwoCounters, 2> counters;
  AccessRecorder recorder;
  for (unsigned i = 0; i < 10; ++i) {
    recorder.on_core(i % 2);
    counters[i % 2].first.store(i, std::memory_order_relaxed);
  }
  EXPECT_EQ(recorder.transfers(0) + recorder.transfers(1), 0U);
}

TEST(Transfers, ReadersShareALineUntilItIsWritten) {
  TwoCounters counters;
  AccessRecorder recorder;
  const auto read_on = [&](unsigned core) {
    recorder.on_core(core);
    static_cast<void>(counters.first.load());
  };
  for (int i = 0; i < 3; ++i) {
    read_on(0);
    read_on(1);
  }
  EXPECT_EQ(recorder.transfers(0) + recorder.transfers(1), 0U) << "nobody has written";
  recorder.on_core(0);
  counters.second.store(1);
  EXPECT_EQ(recorder.transfers(0), 1U) << "the other's copy is invalidated";
  read_on(1);
  read_on(1);
  EXPECT_EQ(recorder.transfers(1), 1U) << "fetched once, then it is here";
  recorder.clear();
  read_on(1);
  EXPECT_EQ(recorder.transfers(1), 0U) << "clear() forgets counts, not caches";
}

}  // namespace
