#include <lln/cache/flat_map.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using Map = lln::cache::FlatMap<std::uint32_t>;

// Keys whose search begins in the same slot of a map of so many slots: found with the map's own hash.
std::vector<std::uint64_t> keys_at_home(std::size_t slots, std::size_t home, std::size_t count) {
  std::vector<std::uint64_t> keys;
  const int shift = 64 - std::countr_zero(slots);
  for (std::uint64_t key = 0; keys.size() < count; ++key)
    if (((key * 0x9E37'79B9'7F4A'7C15) >> shift) == home) keys.push_back(key);
  return keys;
}

void expect_equal(Map& map, const std::map<std::uint64_t, std::uint32_t>& model, std::uint64_t highest) {
  ASSERT_EQ(map.size(), model.size());
  for (std::uint64_t key = 0; key <= highest; ++key) {
    const auto entry = model.find(key);
    const std::uint32_t* const value = map.find(key);
    ASSERT_EQ(value != nullptr, entry != model.end()) << "key " << key;
    if (value != nullptr) {
      ASSERT_EQ(*value, entry->second) << "key " << key;
    }
  }
}

TEST(FlatMap, FindsWhatWasInserted) {
  Map map(10);
  EXPECT_EQ(map.find(7), nullptr);
  const auto first = map.insert(7, 70);
  ASSERT_NE(first.value, nullptr);
  EXPECT_TRUE(first.is_new);
  const auto again = map.insert(7, 71);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(*again.value, 70U) << "the value that was there stays";
  *map.find(7) = 72;
  EXPECT_EQ(*std::as_const(map).find(7), 72U);
  EXPECT_EQ(map.size(), 1U);
  EXPECT_TRUE(map.erase(7));
  EXPECT_FALSE(map.erase(7));
  EXPECT_EQ(map.find(7), nullptr);
  EXPECT_EQ(map.size(), 0U);
}

TEST(FlatMap, AnyKeyButTheReservedOne) {
  Map map(4);
  for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1} << 63, Map::reserved_key - 1}) {
    EXPECT_EQ(map.find(key), nullptr);
    EXPECT_TRUE(map.insert(key, 1).is_new);
    EXPECT_NE(map.find(key), nullptr);
  }
  EXPECT_EQ(map.find(Map::reserved_key), nullptr);
  EXPECT_FALSE(map.erase(Map::reserved_key));
  EXPECT_EQ(map.insert(Map::reserved_key, 1).value, nullptr);
  EXPECT_EQ(map.size(), 3U);
}

TEST(FlatMap, FullIsFullAtEachCapacity) {
  for (std::size_t capacity = 1; capacity < 70; ++capacity) {
    Map map(capacity);
    EXPECT_EQ(map.capacity(), capacity);
    for (std::uint64_t key = 0; key < capacity; ++key) ASSERT_TRUE(map.insert(key, 0).is_new);
    EXPECT_EQ(map.insert(1000, 0).value, nullptr) << "capacity " << capacity;
    EXPECT_NE(map.insert(0, 0).value, nullptr) << "a key that is there needs no room";
    EXPECT_EQ(map.find(1000), nullptr) << "a search in a full map ends";
    ASSERT_TRUE(map.erase(capacity - 1));
    EXPECT_TRUE(map.insert(1000, 0).is_new) << "room again";
  }
}

// Clusters that run across the end of the array and into each other.
TEST(FlatMap, ErasingAcrossTheEndLosesNobody) {
  constexpr std::size_t slots = 16;
  const auto last = keys_at_home(slots, slots - 2, 4);  // stand in 14, 15, 0, 1
  const auto first = keys_at_home(slots, 0, 3);         // pushed on to 2, 3, 4
  const auto later = keys_at_home(slots, 3, 2);
  for (unsigned gone = 0; gone < 512; ++gone) {
    Map map(12);
    std::vector<std::uint64_t> keys(last);
    keys.insert(keys.end(), first.begin(), first.end());
    keys.insert(keys.end(), later.begin(), later.end());
    for (const std::uint64_t key : keys) ASSERT_TRUE(map.insert(key, static_cast<std::uint32_t>(key)).is_new);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if ((gone >> i & 1) != 0) {
        ASSERT_TRUE(map.erase(keys[i]));
      }
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint32_t* const value = map.find(keys[i]);
      ASSERT_EQ(value == nullptr, (gone >> i & 1) != 0) << "erased set " << gone << ", key " << i;
      if (value != nullptr) {
        ASSERT_EQ(*value, keys[i]);
      }
    }
  }
}

TEST(FlatMap, AgreesWithStdMap) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    constexpr std::uint64_t highest = 60;
    Map map(48);
    std::map<std::uint64_t, std::uint32_t> model;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t key = random() % (highest + 1);
      if (random() % 100 < 45) {
        const bool is_new = !model.contains(key);
        const auto inserted = map.insert(key, static_cast<std::uint32_t>(step));
        if (is_new && model.size() == map.capacity()) {
          ASSERT_EQ(inserted.value, nullptr);
        } else {
          ASSERT_EQ(inserted.is_new, is_new);
          model.try_emplace(key, static_cast<std::uint32_t>(step));
        }
      } else {
        ASSERT_EQ(map.erase(key), model.erase(key) == 1);
      }
      if (step % 50 == 0) expect_equal(map, model, highest);
    }
    expect_equal(map, model, highest);
  }
}

TEST(FlatMap, BatchFindsTheSame) {
  std::mt19937_64 random(1);
  Map map(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) map.insert(random() % 3000, i);
  for (const std::size_t size : {0U, 1U, 2U, 15U, 16U, 17U, 33U, 1000U}) {
    std::vector<std::uint64_t> keys(size);
    for (std::uint64_t& key : keys) key = random() % 10 == 0 ? Map::reserved_key : random() % 3000;
    std::vector<std::uint32_t*> results(size, reinterpret_cast<std::uint32_t*>(8));
    map.find_batch(keys, results);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(results[i], map.find(keys[i])) << i << " of " << size;
    map.find_batch<3>(keys, results);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(results[i], map.find(keys[i])) << i << " of " << size;
  }
}

TEST(FlatMap, LivesInTheCallersMemory) {
  alignas(64) std::byte memory[1040];
  Map map(std::span<std::byte>(memory, 1024));
  EXPECT_EQ(map.capacity(), 48U) << "64 slots of 16 bytes, three quarters of them";
  EXPECT_EQ(Map::bytes_for(map.capacity()), 1024U);
  EXPECT_EQ(Map(std::span<std::byte>(memory, 1040)).capacity(), 48U) << "what is over stays unused";
  EXPECT_EQ(Map(std::span<std::byte>(memory, 32)).capacity(), 1U);
  EXPECT_THROW(Map(std::span<std::byte>(memory, 16)), std::invalid_argument);
  EXPECT_THROW(Map(std::span<std::byte>(memory + 1, 512)), std::invalid_argument);
}

TEST(FlatMap, RefusesNonsense) {
  EXPECT_THROW(Map(0), std::invalid_argument);
  EXPECT_THROW(Map{std::numeric_limits<std::size_t>::max()}, std::bad_array_new_length);
}

}  // namespace
