// Each disturbance starts or says what it lacks, and leaves nothing behind.
#include "kernel_state.hpp"

#include <lln/jitter/disturbance.hpp>
#include <lln/jitter/gap_detector.hpp>
#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

namespace lln::jitter {
namespace {

std::set<std::string> thread_names() {
  std::set<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    names.insert(name);
  }
  return names;
}

// pthread_join() returns a little before the kernel has taken the thread out of /proc.
std::set<std::string> thread_names_once_they_are(const std::set<std::string>& wanted) {
  auto names = thread_names();
  for (int tries = 0; tries < 1000 && names != wanted; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    names = thread_names();
  }
  return names;
}

std::string network_namespace() { return std::filesystem::read_symlink("/proc/thread-self/ns/net").string(); }

class DisturbanceOf : public testing::TestWithParam<DisturbanceKind> {};

TEST_P(DisturbanceOf, StartsAndEndsOrSaysWhatItLacks) {
  const auto threads = thread_names();
  const auto network = network_namespace();
  const auto state = test::thread_state();
  try {
    const Disturbance disturbance(GetParam(), allowed_cpus().back());
  } catch (const std::system_error& error) {
    const std::string text = error.what();
    const auto says = [&](const char* part) { return text.find(part) != std::string::npos; };
    EXPECT_TRUE(says("needs CAP_") || says("only one") || says("making mounts private"))
        << text;  // last: a chroot
    EXPECT_EQ(thread_names_once_they_are(threads), threads);
    GTEST_SKIP() << text;
  }
  EXPECT_EQ(thread_names_once_they_are(threads), threads);
  EXPECT_EQ(network_namespace(), network);
  EXPECT_EQ(test::thread_state(), state);
}

INSTANTIATE_TEST_SUITE_P(All, DisturbanceOf,
                         testing::Values(DisturbanceKind::rival, DisturbanceKind::timers,
                                         DisturbanceKind::network),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST(Disturbance, RefusesACpuThatIsNotThere) {
  EXPECT_THROW(Disturbance(DisturbanceKind::rival, -1), std::invalid_argument);
  EXPECT_THROW(Disturbance(DisturbanceKind::timers, 100'000), std::invalid_argument);
}

TEST(Disturbance, ARivalTakesTime) {
  using namespace std::chrono_literals;
  const int cpu = allowed_cpus().back();
  const Disturbance rival(DisturbanceKind::rival, cpu);
  const ThreadSetup setup({.cpu = cpu});
  ASSERT_TRUE(setup.all_ok());
  GapDetector detector(latency::TscClock::calibrate(5ms), {.threshold = 100us});
  for (int tries = 0; tries < 100 && detector.lengths().count() == 0; ++tries) detector.run(20ms);
  EXPECT_GT(detector.lengths().count(), 0U) << "two threads on one CPU, and neither ever waited";
}

}  // namespace
}  // namespace lln::jitter
