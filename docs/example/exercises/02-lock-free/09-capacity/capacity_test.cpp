#include <lln/testkit/testkit.hpp>

#include <capacity.hpp>

namespace {

using lln::exercise::capacity_for;
using lln::testkit::Story;

void expect_capacity(Story& story, std::uint64_t wished, std::uint64_t wanted) {
  story.step("wish for " + std::to_string(wished));
  story.expect(capacity_for(wished).value_or(0)).equals(wanted).named("the capacity").units("slots");
}

TEST(Capacity, RoundsUpToTheNextPower) {
  Story story("wishes around a power of two");
  story.notes("modules/02-lock-free/README.md#spsc").think("which wishes may come out unchanged?");
  expect_capacity(story, 7, 8);
  expect_capacity(story, 8, 8);
  expect_capacity(story, 9, 16);
}

TEST(Capacity, EdgeNothing) {
  Story story("no capacity wished for");
  expect_capacity(story, 0, 1);
}

TEST(Capacity, EdgeTooMuch) {
  Story story("the largest capacity, and one more");
  const std::uint64_t largest = std::uint64_t{1} << 63;
  expect_capacity(story, largest, largest);
  story.step("wish for one more");
  story.expect(capacity_for(largest + 1).has_value()).is_false().named("an answer");
}

}  // namespace
