// One thread: what the ring promises about order, full, empty, lifetimes and in-place access.
#include "seed.hpp"

#include <lln/lock_free/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using lln::lock_free::cache_line;
using lln::lock_free::SpscRing;
using lln::lock_free::detail::StartIndex;

constexpr StartIndex just_below_2_64{std::numeric_limits<std::uint64_t>::max() - 2};

TEST(SpscRing, RefusesACapacityThatIsNoPowerOfTwo) {
  for (const std::size_t capacity : std::initializer_list<std::size_t>{0, 3, 6, 1000, 1023, 1025}) {
    EXPECT_THROW(SpscRing<int>{capacity}, std::invalid_argument) << "capacity " << capacity;
  }
  try {
    SpscRing<int> ring(1000);
    FAIL() << "1000 was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "SpscRing: capacity 1000 is not a power of two; the next one is 1024");
  }
  EXPECT_THROW(SpscRing<int>{std::numeric_limits<std::size_t>::max()}, std::invalid_argument);
  EXPECT_THROW(SpscRing<std::uint64_t>{std::size_t{1} << 62}, std::bad_alloc)
      << "more bytes than size_t counts";
}

TEST(SpscRing, AllSlotsAreUsable) {
  for (const std::size_t capacity : std::initializer_list<std::size_t>{1, 2, 4, 64}) {
    SpscRing<std::size_t> ring(capacity);
    EXPECT_EQ(ring.capacity(), capacity);
    for (std::size_t i = 0; i < capacity; ++i) {
      EXPECT_EQ(ring.size_approx(), i);
      ASSERT_TRUE(ring.try_push(i)) << "slot " << i << " of " << capacity;
    }
    EXPECT_FALSE(ring.try_push(99)) << "full at " << capacity;
    EXPECT_EQ(ring.size_approx(), capacity);
    for (std::size_t i = 0; i < capacity; ++i) ASSERT_EQ(ring.try_pop(), i);
    EXPECT_EQ(ring.try_pop(), std::nullopt);
    EXPECT_EQ(ring.size_approx(), 0U);
  }
}

TEST(SpscRing, AFullRingTakesOneMoreAfterOnePop) {
  SpscRing<int> ring(2);
  ASSERT_TRUE(ring.try_push(1));
  ASSERT_TRUE(ring.try_push(2));
  for (int next = 3; next < 1000; ++next) {
    ASSERT_FALSE(ring.try_push(next));
    ASSERT_EQ(ring.try_pop(), next - 2);
    ASSERT_TRUE(ring.try_push(next)) << "the producer must look at the consumer's index again";
  }
}

TEST(SpscRing, FailuresLeaveTheArgumentsAlone) {
  SpscRing<std::unique_ptr<int>> ring(1);
  ASSERT_TRUE(ring.try_push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  ASSERT_FALSE(ring.try_push(std::move(second)));
  ASSERT_NE(second, nullptr) << "an item that did not fit stays with its owner";
  std::array<std::unique_ptr<int>, 1> batch{std::make_unique<int>(3)};
  ASSERT_EQ(ring.try_push_batch(batch), 0U);
  ASSERT_NE(batch[0], nullptr);

  std::unique_ptr<int> out;
  ASSERT_TRUE(ring.try_pop(out));
  ASSERT_FALSE(ring.try_pop(out));
  ASSERT_NE(out, nullptr) << "a pop that found nothing leaves its target";
  EXPECT_EQ(*out, 1);
}

TEST(SpscRing, MoveOnlyItems) {
  SpscRing<std::unique_ptr<std::string>> ring(4);
  ASSERT_TRUE(ring.try_push(std::make_unique<std::string>("push")));
  ASSERT_TRUE(ring.try_emplace(std::make_unique<std::string>("emplace")));
  std::array<std::unique_ptr<std::string>, 3> batch{std::make_unique<std::string>("a"),
                                                    std::make_unique<std::string>("b"),
                                                    std::make_unique<std::string>("c")};
  EXPECT_EQ(ring.try_push_batch(batch), 2U);
  EXPECT_EQ(batch[1], nullptr) << "moved in";
  ASSERT_NE(batch[2], nullptr) << "did not fit";
  ASSERT_NE(ring.peek(), nullptr);
  EXPECT_EQ(**ring.peek(), "push");
  EXPECT_EQ(*ring.try_pop().value(), "push");
  std::array<std::unique_ptr<std::string>, 8> out;
  EXPECT_EQ(ring.try_pop_batch(out), 3U);
  EXPECT_EQ(*out[0], "emplace");
  EXPECT_EQ(*out[2], "b");
}

TEST(SpscRing, EmplaceBuildsFromArguments) {
  SpscRing<std::pair<int, std::string>> ring(2);
  ASSERT_TRUE(ring.try_emplace(7, "seven"));
  const std::pair<int, std::string> copied{8, "eight"};
  ASSERT_TRUE(ring.try_push(copied));
  EXPECT_EQ(ring.try_pop(), std::pair(7, std::string("seven")));
  EXPECT_EQ(ring.try_pop(), copied);
}

struct ThrowsWhenBuilt {
  explicit ThrowsWhenBuilt(bool now) {
    if (now) throw std::runtime_error("no");
  }
};

TEST(SpscRing, AConstructorThatThrowsPushesNothing) {
  SpscRing<ThrowsWhenBuilt> ring(1);
  static_assert(!noexcept(ring.try_emplace(true)));
  EXPECT_THROW(ring.try_emplace(true), std::runtime_error);
  EXPECT_EQ(ring.size_approx(), 0U);
  EXPECT_TRUE(ring.try_emplace(false)) << "the slot is still free";
}

TEST(SpscRing, LoanWritesInPlace) {
  struct Packet {
    std::uint32_t length;
    std::array<char, 60> bytes;
  };
  for (const StartIndex start : {StartIndex{0}, just_below_2_64}) {
    SpscRing<Packet> ring(2, start);
    for (std::uint32_t i = 0; i < 10; ++i) {
      Packet* const slot = ring.loan();
      ASSERT_NE(slot, nullptr);
      EXPECT_EQ(ring.loan(), slot) << "the same slot until it is committed";
      slot->length = i;
      EXPECT_EQ(ring.peek(), nullptr) << "not visible before commit()";
      ring.commit();
      Packet* const seen = ring.peek();
      EXPECT_EQ(seen, slot) << "no copy on the way";
      EXPECT_EQ(ring.peek(), seen) << "peek() takes nothing";
      EXPECT_EQ(seen->length, i);
      ring.release();
      EXPECT_EQ(ring.peek(), nullptr);
    }
    ASSERT_TRUE(ring.loan() != nullptr);
    ring.commit();
    ASSERT_TRUE(ring.loan() != nullptr);
    ring.commit();
    EXPECT_EQ(ring.loan(), nullptr) << "full";
  }
}

TEST(SpscRing, ALoanThatIsNotCommittedIsVoid) {
  SpscRing<int> ring(2);
  *ring.loan() = 5;
  EXPECT_EQ(ring.try_pop(), std::nullopt);
  ASSERT_TRUE(ring.try_push(6));
  EXPECT_EQ(ring.try_pop(), 6);
  EXPECT_EQ(ring.try_pop(), std::nullopt);
}

TEST(SpscRing, LoanedSlotsAreLiveObjectsFromTheStart) {
  struct WithDefault {
    int value = 17;
  };
  SpscRing<WithDefault> ring(4);
  EXPECT_EQ(ring.loan()->value, 17);
}

struct Counted {
  static inline int alive = 0;
  int value;
  explicit Counted(int v = 0) : value(v) { ++alive; }
  Counted(const Counted& other) : value(other.value) { ++alive; }
  Counted(Counted&& other) noexcept : value(other.value) { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
};

TEST(SpscRing, DestroysWhatItHoldsAndNothingElse) {
  ASSERT_EQ(Counted::alive, 0);
  for (const StartIndex start : {StartIndex{0}, just_below_2_64}) {
    {
      SpscRing<Counted> ring(8, start);
      EXPECT_EQ(Counted::alive, 0) << "empty slots hold no objects";
      for (int i = 0; i < 5; ++i) ASSERT_TRUE(ring.try_emplace(i));
      EXPECT_EQ(Counted::alive, 5);
      EXPECT_EQ(ring.try_pop()->value, 0);
      EXPECT_EQ(Counted::alive, 4) << "a popped item is destroyed in its slot";
      ASSERT_NE(ring.peek(), nullptr);
      ring.release();
      EXPECT_EQ(Counted::alive, 3) << "a released one too";
      {
        std::vector<Counted> batch(8);
        ASSERT_EQ(ring.try_push_batch(batch), 5U);  // over the end of the array
        ASSERT_EQ(ring.try_pop_batch(batch), 8U);
        EXPECT_EQ(Counted::alive, 8) << "the batch's own";
        ASSERT_EQ(ring.try_push_batch(std::span(batch).first(6)), 6U);
      }
      EXPECT_EQ(Counted::alive, 6);
    }
    EXPECT_EQ(Counted::alive, 0) << "the destructor destroys the 6 that were never popped";
  }
}

TEST(SpscRing, SlotsAndIndicesHaveTheirOwnCacheLines) {
  static_assert(alignof(SpscRing<char>) == cache_line);
  static_assert(sizeof(SpscRing<char>) % cache_line == 0);
  SpscRing<char> ring(8);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(ring.loan()) % cache_line, 0U);
  struct alignas(2 * cache_line) Wide {
    char c;
  };
  SpscRing<Wide> wide(4);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.loan()) % alignof(Wide), 0U);
}

// Every operation in random order against std::deque, small rings so that wraps, full and empty are
// frequent, and starts from which the indices pass 2^64.
TEST(SpscRing, BehavesLikeABoundedDeque) {
  std::mt19937_64 random(lln::test::seed());
  for (int round = 0; round < 300; ++round) {
    const std::size_t capacity = std::size_t{1} << (random() % 6);
    const StartIndex start{round % 2 == 0 ? random() : std::uint64_t{0} - random() % 100};
    SpscRing<std::uint64_t> ring(capacity, start);
    std::deque<std::uint64_t> model;
    std::uint64_t next = 1;
    std::vector<std::uint64_t> buffer;
    SCOPED_TRACE(testing::Message() << "round " << round << ", capacity " << capacity << ", start "
                                    << static_cast<std::uint64_t>(start));

    for (int step = 0; step < 500; ++step) {
      const std::size_t free = capacity - model.size();
      switch (random() % 8) {
        case 0:
          ASSERT_EQ(ring.try_push(next), free > 0);
          if (free > 0) model.push_back(next++);
          break;
        case 1:
          ASSERT_EQ(ring.try_emplace(next), free > 0);
          if (free > 0) model.push_back(next++);
          break;
        case 2: {
          buffer.resize(random() % (2 * capacity + 1));
          for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = next + i;
          const std::size_t pushed = ring.try_push_batch(buffer);
          ASSERT_EQ(pushed, std::min(buffer.size(), free));
          for (std::size_t i = 0; i < pushed; ++i) model.push_back(next++);
          break;
        }
        case 3: {
          std::uint64_t* const slot = ring.loan();
          ASSERT_EQ(slot != nullptr, free > 0);
          if (slot == nullptr) break;
          *slot = next;
          if (random() % 4 == 0) {
            *slot = 0;  // never committed: nobody may see it
          } else {
            ring.commit();
            model.push_back(next++);
          }
          break;
        }
        case 4: {
          const auto popped = ring.try_pop();
          ASSERT_EQ(popped.has_value(), !model.empty());
          if (!popped) break;
          ASSERT_EQ(*popped, model.front());
          model.pop_front();
          break;
        }
        case 5: {
          std::uint64_t popped = 0;
          ASSERT_EQ(ring.try_pop(popped), !model.empty());
          if (model.empty()) break;
          ASSERT_EQ(popped, model.front());
          model.pop_front();
          break;
        }
        case 6: {
          buffer.assign(random() % (2 * capacity + 1), 0);
          const std::size_t popped = ring.try_pop_batch(buffer);
          ASSERT_EQ(popped, std::min(buffer.size(), model.size()));
          for (std::size_t i = 0; i < popped; ++i) {
            ASSERT_EQ(buffer[i], model.front()) << "item " << i << " of the batch";
            model.pop_front();
          }
          break;
        }
        case 7: {
          const std::uint64_t* const front = ring.peek();
          ASSERT_EQ(front != nullptr, !model.empty());
          if (front == nullptr) break;
          ASSERT_EQ(*front, model.front());
          if (random() % 4 == 0) break;  // looked, not taken
          ring.release();
          model.pop_front();
          break;
        }
      }
      ASSERT_EQ(ring.size_approx(), model.size());
    }
  }
}

}  // namespace
