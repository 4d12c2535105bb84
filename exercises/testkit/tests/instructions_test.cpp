// Counting instructions with callgrind; skipped where there is none.
#include <lln/testkit/instructions.hpp>
#include <lln/testkit/testkit.hpp>

#include <cstdlib>

namespace {

using namespace lln::testkit;

volatile unsigned sink = 0;

void work(unsigned rounds) {
  for (unsigned i = 0; i < rounds; ++i) sink = sink + i;
}

TEST(Instructions, AreCountedOneFunctionAtATime) {
  int runs = 0;
  const auto counted = count_instructions({[&] { ++runs; }, [] { work(1'000); }, [] { work(2'000); }});
  EXPECT_EQ(runs, 1) << "once here; the second run is another process";
  if (!counted) GTEST_SKIP() << counted.why_not;
  ASSERT_EQ(counted.counts.size(), 3U);
  EXPECT_GE(counted[0], 1U);
  EXPECT_LE(counted[0], 100U);
  EXPECT_GE(counted[1], 3'000U);
  EXPECT_LE(counted[1], 20'000U);
  const std::uint64_t slope = counted[2] - counted[1];
  EXPECT_GE(slope + 200, counted[1]) << "twice the rounds, twice the work";
  EXPECT_LE(slope, counted[1] + 200);
}

TEST(Instructions, WithoutValgrindTheReasonIsTold) {
  const std::string path = std::getenv("PATH");
  ASSERT_EQ(setenv("PATH", "/nonexistent", 1), 0);
  const auto counted = count_instructions({[] { work(1); }});
  ASSERT_EQ(setenv("PATH", path.c_str(), 1), 0);
  EXPECT_FALSE(counted);
  EXPECT_NE(counted.why_not.find("apt-get install valgrind"), std::string::npos) << counted.why_not;
}

}  // namespace
