#include <lln/cache/object_pool.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

using lln::cache::cache_line;
using lln::cache::CacheAligned;
using lln::cache::ObjectPool;

TEST(CacheAligned, NeighboursInAnArrayShareNoLine) {
  const CacheAligned<int> values[2];
  const auto distance =
      reinterpret_cast<const char*>(&*values[1]) - reinterpret_cast<const char*>(&*values[0]);
  EXPECT_EQ(static_cast<std::size_t>(distance), cache_line);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*values[0]) % cache_line, 0U);
}

TEST(CacheAligned, BuildsItsValueInPlace) {
  const CacheAligned<std::vector<int>> values(std::in_place, 3U, 7);
  EXPECT_EQ(*values, (std::vector<int>{7, 7, 7}));
  EXPECT_EQ(values->size(), 3U);
}

struct Counted {
  static inline int alive = 0;
  explicit Counted(std::uint64_t v, bool fail = false) : value(v) {
    if (fail) throw std::runtime_error("asked to fail");
    ++alive;
  }
  ~Counted() { --alive; }
  std::uint64_t value;
};

TEST(ObjectPool, RefusesNoSlots) { EXPECT_THROW(ObjectPool<int>(0), std::invalid_argument); }

TEST(ObjectPool, HandsOutEverySlotThenNothing) {
  ObjectPool<int> pool(3);
  std::vector<int*> objects;
  for (int i = 0; i < 3; ++i) objects.push_back(pool.create(i));
  EXPECT_EQ(pool.create(9), nullptr);
  EXPECT_FALSE(pool.lend(9));
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(objects[static_cast<std::size_t>(i)], nullptr);
    EXPECT_EQ(*objects[static_cast<std::size_t>(i)], i);
  }
  EXPECT_EQ(pool.live(), 3U);
  for (int* const object : objects) pool.destroy(object);
  EXPECT_EQ(pool.live(), 0U);
}

TEST(ObjectPool, TheSlotGivenBackLastIsTakenNext) {
  ObjectPool<int> pool(4);
  int* const first = pool.create(1);
  int* const second = pool.create(2);
  pool.destroy(second);
  pool.destroy(first);
  EXPECT_EQ(pool.create(3), first);
  EXPECT_EQ(pool.create(4), second);
  pool.destroy(first);
  pool.destroy(second);
}

TEST(ObjectPool, AThrowingConstructorCostsNoSlot) {
  ObjectPool<Counted> pool(2);
  EXPECT_THROW(pool.create(1U, true), std::runtime_error);
  EXPECT_EQ(pool.live(), 0U);
  const auto first = pool.lend(1U);
  const auto second = pool.lend(2U);
  EXPECT_TRUE(first && second);
}

TEST(ObjectPool, ALoanDestroysItsObjectOnce) {
  ObjectPool<Counted> pool(1);
  {
    auto loan = pool.lend(1U);
    auto moved = std::move(loan);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->value, 1U);
    EXPECT_EQ(Counted::alive, 1);
  }
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(pool.live(), 0U);
}

TEST(ObjectPool, KnowsItsSlots) {
  ObjectPool<std::uint64_t> pool(2);
  std::uint64_t* const object = pool.create(1U);
  std::uint64_t foreign = 0;
  EXPECT_TRUE(pool.owns(object));
  EXPECT_TRUE(pool.owns(object + 1));
  EXPECT_FALSE(pool.owns(object + 2));
  EXPECT_FALSE(pool.owns(object - 1));
  EXPECT_FALSE(pool.owns(&foreign));
  pool.destroy(object);
}

TEST(ObjectPool, KeepsAStrictAlignment) {
  struct alignas(256) Wide {
    char byte = 1;
  };
  ObjectPool<Wide> pool(3);
  for (int i = 0; i < 2; ++i) {
    const auto one = pool.lend();
    const auto two = pool.lend();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(one.get()) % 256, 0U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(two.get()) % 256, 0U);
  }
}

TEST(ObjectPool, ObjectsOfAMultipleOf512BytesBeginInDifferentSets) {
  struct Big {
    char bytes[2048];
  };
  ObjectPool<Big> pool(2);
  Big* const one = pool.create();
  Big* const two = pool.create();
  EXPECT_EQ(reinterpret_cast<char*>(two) - reinterpret_cast<char*>(one),
            static_cast<std::ptrdiff_t>(sizeof(Big) + cache_line));
  EXPECT_TRUE(pool.owns(one) && pool.owns(two));
  EXPECT_FALSE(pool.owns(one + 1));  // in the line between them
  pool.destroy(one);
  pool.destroy(two);
}

#if defined(LLN_CACHE_HAS_ASAN)
TEST(ObjectPoolDeathTest, UnderAddressSanitizerAWrongUseStopsTheProgram) {
  ObjectPool<std::uint64_t> pool(2);
  std::uint64_t* const object = pool.create(1U);
  std::uint64_t* const other = pool.create(2U);
  std::uint64_t foreign = 0;
  EXPECT_DEATH(pool.destroy(&foreign), "");
  pool.destroy(object);
  EXPECT_DEATH(pool.destroy(object), "");
  EXPECT_DEATH(std::printf("%d", *static_cast<volatile std::uint64_t*>(object) == 1), "use-after-poison");
  EXPECT_EQ(*other, 2U);
  pool.destroy(other);
}
#endif

// Beside the obvious: a list of what is alive and what it should hold.
TEST(ObjectPool, RandomOrderKeepsEveryObject) {
  std::mt19937_64 random(20240101);
  ObjectPool<Counted> pool(16);
  std::vector<std::pair<Counted*, std::uint64_t>> alive;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    if (random() % 2 == 0) {
      Counted* const object = pool.create(i);
      ASSERT_EQ(object == nullptr, alive.size() == pool.capacity());
      if (object != nullptr) alive.emplace_back(object, i);
    } else if (!alive.empty()) {
      std::swap(alive[random() % alive.size()], alive.back());
      ASSERT_EQ(alive.back().first->value, alive.back().second);
      pool.destroy(alive.back().first);
      alive.pop_back();
    }
    ASSERT_EQ(pool.live(), alive.size());
  }
  for (const auto& [object, value] : alive) {
    EXPECT_EQ(object->value, value);
    pool.destroy(object);
  }
  EXPECT_EQ(Counted::alive, 0);
}

}  // namespace
