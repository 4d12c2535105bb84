#include <lln/cache/arena.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

namespace {

using lln::cache::Arena;
using lln::cache::ArenaScope;

std::uintptr_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

TEST(Arena, RefusesNoBytesOfItsOwn) { EXPECT_THROW(Arena(std::size_t{0}), std::invalid_argument); }

TEST(Arena, HandsOutItsMemoryInOrderAndThenNothing) {
  alignas(64) std::array<std::byte, 64> memory;
  Arena arena{std::span<std::byte>(memory)};
  EXPECT_EQ(arena.capacity(), 64U);
  EXPECT_EQ(arena.allocate(24, 8), memory.data());
  EXPECT_EQ(arena.allocate(40, 8), memory.data() + 24);
  EXPECT_EQ(arena.available(), 0U);
  EXPECT_EQ(arena.allocate(1, 1), nullptr);
  EXPECT_EQ(arena.allocate(0, 1), memory.data() + 64);
}

TEST(Arena, AlignsFromWhereverItStands) {
  alignas(256) std::array<std::byte, 1024> memory;
  Arena arena{std::span<std::byte>(memory).subspan(3)};
  for (const std::size_t alignment : {1U, 2U, 8U, 64U, 256U}) {
    void* const place = arena.allocate(1, alignment);
    ASSERT_NE(place, nullptr);
    EXPECT_EQ(address(place) % alignment, 0U) << alignment;
  }
}

TEST(Arena, ARefusalChangesNothing) {
  alignas(64) std::array<std::byte, 128> memory;
  Arena arena{std::span<std::byte>(memory)};
  ASSERT_NE(arena.allocate(1, 1), nullptr);
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {std::size_t{128}, huge - 200, huge - 8, huge}) {
    EXPECT_EQ(arena.allocate(bytes, 1), nullptr) << bytes;
    EXPECT_EQ(arena.allocate(bytes, 64), nullptr) << bytes;
  }
  EXPECT_EQ(arena.allocate(65, 64), nullptr);                   // the padding does not leave enough
  EXPECT_EQ(arena.allocate(0, std::size_t{1} << 62), nullptr);  // no such address
  EXPECT_EQ(arena.make_array<std::uint64_t>(huge / 8 + 2).data(),
            nullptr);  // eight bytes, if the product wrapped
  EXPECT_EQ(arena.used(), 1U);
  EXPECT_NE(arena.allocate(64, 64), nullptr);
}

TEST(Arena, WithoutMemoryThereIsNothing) {
  Arena arena{std::span<std::byte>()};
  EXPECT_EQ(arena.allocate(1, 1), nullptr);
  EXPECT_EQ(arena.make<int>(1), nullptr);
  arena.reset();
  EXPECT_EQ(arena.capacity(), 0U);
}

TEST(Arena, MakesObjectsAndArrays) {
  struct Order {
    std::uint64_t reference;
    std::uint32_t shares;
  };
  alignas(64) std::array<std::byte, 1024> memory;
  memory.fill(std::byte{0xab});
  Arena arena{std::span<std::byte>(memory)};
  auto* const byte = arena.make<char>('x');
  auto* const order = arena.make<Order>(Order{7, 100});
  ASSERT_TRUE(byte != nullptr && order != nullptr);
  EXPECT_EQ(address(order) % alignof(Order), 0U);
  EXPECT_EQ(*byte, 'x');
  EXPECT_EQ(order->reference, 7U);
  const std::span<std::uint32_t> counts = arena.make_array<std::uint32_t>(100);
  ASSERT_EQ(counts.size(), 100U);
  EXPECT_TRUE(std::all_of(counts.begin(), counts.end(), [](std::uint32_t count) { return count == 0; }));
  EXPECT_NE(arena.make_array<int>(0).data(), nullptr);
  EXPECT_TRUE(arena.make_array<std::uint64_t>(1000).empty());
}

TEST(Arena, OfItsOwnBeginsWithACacheLine) {
  Arena arena(100);
  EXPECT_EQ(address(arena.allocate(1, 1)) % 64, 0U);
  EXPECT_EQ(arena.capacity(), 100U);
}

TEST(Arena, RewindTakesBackWhatCameAfterTheMark) {
  Arena arena(256);
  auto* const kept = arena.make<int>(1);
  const Arena::Marker marker = arena.mark();
  auto* const first = arena.make<int>(2);
  ASSERT_FALSE(arena.make_array<char>(100).empty());
  arena.rewind(marker);
  EXPECT_EQ(arena.used(), sizeof(int));
  EXPECT_EQ(arena.make<int>(3), first);
  EXPECT_EQ(*kept, 1);
  arena.reset();
  EXPECT_EQ(arena.used(), 0U);
  EXPECT_EQ(arena.make<int>(4), kept);
}

TEST(Arena, ScopesNest) {
  Arena arena(256);
  {
    const ArenaScope outer(arena);
    ASSERT_NE(arena.allocate(16, 16), nullptr);
    {
      const ArenaScope inner(arena);
      ASSERT_NE(arena.allocate(32, 16), nullptr);
      EXPECT_EQ(arena.used(), 48U);
    }
    EXPECT_EQ(arena.used(), 16U);
  }
  EXPECT_EQ(arena.used(), 0U);
}

// Beside the obvious: a list of what was handed out. Nothing overlaps, and all lies inside.
TEST(Arena, RandomAllocationsNeverOverlap) {
  std::mt19937_64 random(20240101);
  std::vector<std::byte> memory(4096 + 7);
  Arena arena{std::span<std::byte>(memory).subspan(7)};
  for (int round = 0; round < 200; ++round) {
    std::byte* end = memory.data() + 7;
    for (;;) {
      const std::size_t bytes = random() % 200;
      const std::size_t alignment = std::size_t{1} << (random() % 8);
      const std::size_t free_before = arena.available();
      auto* const place = static_cast<std::byte*>(arena.allocate(bytes, alignment));
      if (place == nullptr) {
        ASSERT_LT(free_before, bytes + alignment);  // else it would have fitted
        break;
      }
      ASSERT_GE(place, end);
      ASSERT_LT(place - end, static_cast<std::ptrdiff_t>(alignment));  // nothing wasted but for the alignment
      ASSERT_EQ(address(place) % alignment, 0U);
      std::fill_n(place, bytes, std::byte{0xab});
      end = place + bytes;
      ASSERT_LE(end, memory.data() + memory.size());
    }
    arena.reset();
  }
}

#if defined(LLN_CACHE_HAS_ASAN)
TEST(ArenaDeathTest, UnderAddressSanitizerWhatWasTakenBackIsPoisoned) {
  Arena arena(256);
  const Arena::Marker marker = arena.mark();
  auto* const number = arena.make<std::uint64_t>(1U);
  arena.rewind(marker);
  EXPECT_DEATH(std::printf("%d", *static_cast<volatile std::uint64_t*>(number) == 1), "use-after-poison");
}
#endif

TEST(Arena, GivesTheCallersMemoryBackReadable) {
  std::array<std::byte, 64> memory{};
  { Arena arena{std::span<std::byte>(memory)}; }
  EXPECT_EQ(std::count(memory.begin(), memory.end(), std::byte{0}), 64);
}

}  // namespace
