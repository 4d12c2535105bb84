#include <lln/latency/pointer_chase.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

namespace {

using lln::latency::PointerChase;

std::vector<const std::byte*> places(PointerChase& chase) {
  std::vector<const std::byte*> result;
  for (std::size_t i = 0; i < chase.lines(); ++i) {
    result.push_back(chase.place());
    chase.run(1);
  }
  return result;
}

TEST(PointerChase, GoesThroughEveryLineOnceAndEndsWhereItBegan) {
  for (const std::size_t lines : {1U, 2U, 3U, 64U, 1000U}) {
    std::vector<std::byte> memory(lines * PointerChase::line + 17);  // what is no whole line is left alone
    PointerChase chase(memory);
    ASSERT_EQ(chase.lines(), lines);
    const std::byte* const first = chase.place();
    std::set<const std::byte*> seen;
    for (const std::byte* const place : places(chase)) {
      EXPECT_EQ((place - memory.data()) % static_cast<std::ptrdiff_t>(PointerChase::line), 0);
      EXPECT_LT(place, memory.data() + lines * PointerChase::line);
      EXPECT_TRUE(seen.insert(place).second) << "twice in one cycle";
    }
    EXPECT_EQ(chase.place(), first);
  }
}

TEST(PointerChase, ARunIsThatManySteps) {
  std::vector<std::byte> memory(100 * PointerChase::line);
  PointerChase one(memory, 7);
  const std::vector<const std::byte*> cycle = places(one);
  one.run(42);
  EXPECT_EQ(one.place(), cycle[42]);
  one.run(100);
  EXPECT_EQ(one.place(), cycle[42]);
}

// Lines in a row would be fetched ahead; in a random order one in a hundred follows its neighbour.
TEST(PointerChase, IsInNoOrderThatAPrefetcherGuesses) {
  std::vector<std::byte> memory(1000 * PointerChase::line);
  PointerChase chase(memory, 1);
  const std::vector<const std::byte*> cycle = places(chase);
  std::size_t neighbours = 0;
  for (std::size_t i = 1; i < cycle.size(); ++i) {
    if (cycle[i] - cycle[i - 1] == static_cast<std::ptrdiff_t>(PointerChase::line)) ++neighbours;
  }
  EXPECT_LT(neighbours, 20U);
}

TEST(PointerChase, NeedsALineThatCanHoldAPointer) {
  alignas(8) std::byte memory[2 * PointerChase::line];
  EXPECT_THROW(PointerChase(std::span(memory).first(63)), std::invalid_argument);
  EXPECT_THROW(PointerChase(std::span(memory).subspan(1)), std::invalid_argument);
}

}  // namespace
