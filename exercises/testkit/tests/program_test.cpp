// What a test program says when it does not simply pass: this program is started again, as a child, with tests
// that fail, crash, hang and leave on purpose (they run only when LLN_ON_PURPOSE is set).
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

using lln::testkit::Story;

#define LLN_ONLY_ON_PURPOSE() \
  if (std::getenv("LLN_ON_PURPOSE") == nullptr) GTEST_SKIP() << "runs as a child only"

struct Ended {
  int code;  // of the shell: 128 + signal
  std::string output;
};

Ended run(const std::string& environment, const std::string& arguments) {
  std::array<char, 4096> path{};
  const auto length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (length < 0) throw std::runtime_error("readlink /proc/self/exe");
  const std::string command = "env -u GTEST_OUTPUT -u LLN_SEED -u LLN_EXERCISE_ID LLN_ON_PURPOSE=1 " +
                              environment + " " + path.data() + " " + arguments + " 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  Ended ended{};
  std::array<char, 4096> part{};
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe))
    ended.output.append(part.data(), got);
  const int status = pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

bool holds(const Ended& ended, const std::string& part) {
  return ended.output.find(part) != std::string::npos;
}

TEST(OnPurpose, Passes) {}

TEST(OnPurpose, Skips) { GTEST_SKIP() << "this machine has no abacus"; }

TEST(OnPurpose, FailsWithRandomNumbers) {
  LLN_ONLY_ON_PURPOSE();
  Story story("dice");
  const std::uint64_t drawn = lln::testkit::random()();
  std::printf("drawn %llu\n", static_cast<unsigned long long>(drawn));
  story.expect(drawn).equals(0);
}

TEST(OnPurpose, FailsWithoutAStory) {
  LLN_ONLY_ON_PURPOSE();
  lln::testkit::random();
  EXPECT_EQ(1, 2);
}

TEST(OnPurpose, Aborts) {
  LLN_ONLY_ON_PURPOSE();
  Story story("a short one");
  story.step("abort").think("why?");
  std::abort();
}

TEST(OnPurpose, Hangs) {
  LLN_ONLY_ON_PURPOSE();
  Story story("a long one");
  story.step("wait for ever");
  for (volatile bool ever = true; ever;) usleep(1000);
}

TEST(OnPurpose, Leaves) {
  LLN_ONLY_ON_PURPOSE();
  std::exit(0);
}

#if defined(__SANITIZE_ADDRESS__)
TEST(OnPurpose, ReadsFreedMemory) {
  LLN_ONLY_ON_PURPOSE();
  Story story("a freed one");
  story.step("read it");
  auto* const number = new int(1);
  delete number;
  EXPECT_EQ(*const_cast<volatile int*>(number), 1);
}

TEST(Program, ASanitizersReportEndsWithTheStory) {
  const Ended ended = run("", "--gtest_filter=OnPurpose.ReadsFreedMemory");
  EXPECT_NE(ended.code, 0);
  EXPECT_TRUE(holds(ended, "heap-use-after-free")) << ended.output;
  EXPECT_TRUE(holds(ended, "  1. read it: ended by the report above\n")) << ended.output;
}
#endif

TEST(Program, AFilterThatSelectsNothingFails) {
  Ended ended = run("", "--gtest_filter=Nobody.*");
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_TRUE(holds(ended, "selects no test of this program: nothing was tested")) << ended.output;
  ended = run("", "--gtest_filter=OnPurpose.Passes:Nobody.*");
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_TRUE(holds(ended, "The filter's part Nobody.* selects no test")) << ended.output;
  EXPECT_EQ(run("", "--gtest_filter=OnPurpose.P*ss?s:-Nobody.*").code, 0);
}

TEST(Program, OnlySkippedTestsAreNoSuccess) {
  const Ended ended = run("", "--gtest_filter=OnPurpose.Skips");
  EXPECT_EQ(ended.code, 77);
  EXPECT_TRUE(holds(ended, "Skipped OnPurpose.Skips: this machine has no abacus")) << ended.output;
  EXPECT_EQ(run("", "--gtest_filter=OnPurpose.Skips:OnPurpose.Passes").code, 0);
}

TEST(Program, ASeedRepeatsARunAndIsInTheCommand) {
  const std::string filter = "--gtest_filter=OnPurpose.FailsWithRandomNumbers";
  const Ended first = run("", filter);
  EXPECT_EQ(first.code, 1);
  const std::size_t at = first.output.find("\nSeed: ") + 7;
  const std::string seed = first.output.substr(at, first.output.find('\n', at) - at);
  EXPECT_TRUE(holds(first, "\nRerun: LLN_SEED=" + seed + " /")) << first.output;
  EXPECT_TRUE(holds(first, "--gtest_filter='OnPurpose.FailsWithRandomNumbers'\n")) << first.output;
  const auto drawn = [](const Ended& ended) {
    const std::size_t from = ended.output.find("drawn ");
    return ended.output.substr(from, ended.output.find('\n', from) - from);
  };
  EXPECT_EQ(drawn(run("LLN_SEED=" + seed, filter)), drawn(first));
  EXPECT_EQ(drawn(run("LLN_SEED=" + seed, "--gtest_filter='OnPurpose.F*'")), drawn(first))
      << "whatever else was selected";
  EXPECT_NE(drawn(run("", filter)), drawn(first));
}

TEST(Program, AnExerciseIsRerunByItsNumber) {
  const Ended ended = run("LLN_SEED=7 LLN_EXERCISE_ID=02-01", "--gtest_filter=OnPurpose.FailsWithoutAStory");
  EXPECT_TRUE(holds(ended, "Seed: 7\nRerun: LLN_SEED=7 ./course check 02-01\n")) << ended.output;
}

TEST(Program, ASeedThatIsNoNumberIsRefused) {
  const Ended ended = run("LLN_SEED=seven", "--gtest_filter=OnPurpose.Passes");
  EXPECT_NE(ended.code, 0);
  EXPECT_TRUE(holds(ended, "LLN_SEED=seven is not a number")) << ended.output;
}

TEST(Program, ACrashTellsTheStorySoFar) {
  const Ended ended = run("", "--gtest_filter=OnPurpose.Aborts");
  EXPECT_NE(ended.code, 0);
  EXPECT_NE(ended.code, 1) << "a crash is no failed assertion";
  EXPECT_TRUE(holds(ended, "Story: a short one\n  1. abort: ended by ")) << ended.output;
  EXPECT_TRUE(holds(ended, "Think about: why?\n")) << ended.output;
}

TEST(Program, AHangTellsTheStorySoFar) {
  const Ended ended = run("LLN_TIMEOUT_S=1", "--gtest_filter=OnPurpose.Hangs");
  EXPECT_EQ(ended.code, 4);
  EXPECT_TRUE(holds(ended, "did not end within 1 s.\nStory: a long one\n  1. wait for ever: did not end\n"))
      << ended.output;
}

TEST(Program, LeavingIsNoSuccess) {
  const Ended ended = run("", "--gtest_filter=OnPurpose.Leaves");
  EXPECT_EQ(ended.code, 3);
  EXPECT_TRUE(holds(ended, "ended by exit() before its tests were over")) << ended.output;
}

}  // namespace
