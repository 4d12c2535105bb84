// Seed and rerun command of this run.
#include <lln/testkit/detail/run.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace lln::testkit::detail {
namespace {

std::string program = "./this-test";
std::uint64_t seed = 0;
std::atomic<bool> seed_used{false};

std::uint64_t chosen_seed() {
  const char* const given = std::getenv("LLN_SEED");
  if (given == nullptr || *given == '\0') return std::random_device{}();
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(given, &end, 10);
  if (*end != '\0') {
    std::fprintf(stderr, "LLN_SEED=%s is not a number.\n", given);
    std::exit(2);
  }
  return value;
}

// Forgets, at the start of each test, that an earlier one drew numbers. A repetition (--gtest_repeat) has
// the next seed, so that it tries something else and can still be repeated alone.
class SeedKeeper : public testing::EmptyTestEventListener {
  void OnTestIterationStart(const testing::UnitTest&, int iteration) override {
    if (iteration > 0) ++seed;
  }
  void OnTestStart(const testing::TestInfo&) override { seed_used = false; }
  void OnTestEnd(const testing::TestInfo& info) override {
    // A story says it itself; this is for tests that failed without one.
    if (info.result()->Failed() && seed_used) std::fputs(rerun_lines().c_str(), stdout);
  }
};

}  // namespace

void start_run(const char* path) {
  program = path;
  seed = chosen_seed();
  testing::UnitTest::GetInstance()->listeners().Append(new SeedKeeper);
}

std::uint64_t run_seed() { return seed; }
void seed_was_used() { seed_used = true; }

std::string rerun_lines() {
  std::string lines;
  std::string command = "Rerun: ";
  if (seed_used) {
    lines = "Seed: " + std::to_string(seed) + '\n';
    command += "LLN_SEED=" + std::to_string(seed) + ' ';
  }
  if (const char* const exercise = std::getenv("LLN_EXERCISE_ID"); exercise != nullptr && *exercise != '\0') {
    command += std::string("./course check ") + exercise;
  } else {
    command += program;
    if (const auto* const test = testing::UnitTest::GetInstance()->current_test_info()) {
      command += std::string(" --gtest_filter='") + test->test_suite_name() + '.' + test->name() + '\'';
    }
  }
  return lines + command + '\n';
}

}  // namespace lln::testkit::detail
