// Runs the student's stress() on each ring in a process of its own, and reads what ThreadSanitizer says there.
#include <lln/testkit/testkit.hpp>

#include <ring_stress.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using lln::testkit::Story;

struct Report {
  bool ended = false;
  bool race = false;
  unsigned long popped = 0, batches = 0, sums = 0, threads = 0;
};

// In the new process: these are the tests that the others start.
template <class Ring>
void stress_and_count() {
  alarm(15);
  static Ring ring;
  // Not in the main thread: GCC 12's runtime can lock itself up when that one makes the report.
  std::thread([] { lln::exercise::stress(ring); }).join();
  const auto count = [](const auto& counter) { return static_cast<unsigned long>(counter.load()); };
  const bool two = ring.seen.producer.load() != ring.seen.consumer.load();
  std::printf("counts: %lu %lu %lu %lu\n", count(ring.seen.popped), count(ring.seen.batches),
              count(ring.seen.sums), two ? 2UL : 1UL);
  std::fflush(stdout);
}
TEST(DISABLED_Stress, Sound) { stress_and_count<lln::exercise::Sound>(); }
TEST(DISABLED_Stress, Alder) { stress_and_count<lln::exercise::Alder>(); }
TEST(DISABLED_Stress, Birch) { stress_and_count<lln::exercise::Birch>(); }
TEST(DISABLED_Stress, Cedar) { stress_and_count<lln::exercise::Cedar>(); }

// Its output goes to a temporary file: a report there is no report of this test.
Report run_stress(const std::string& ring) {
  Report report;
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) return report;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(file), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(file), STDERR_FILENO);
  std::string name = "stress";
  std::string filter = "--gtest_filter=DISABLED_Stress." + ring;
  std::string disabled = "--gtest_also_run_disabled_tests";
  char* const words[] = {name.data(), filter.data(), disabled.data(), nullptr};
  pid_t child = 0;
  const bool started = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, words, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (started) waitpid(child, &status, 0);
  std::string text(std::size_t{256} * 1024, '\0');
  const ssize_t size = pread(fileno(file), text.data(), text.size() - 1, 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  std::fclose(file);
  report.race = text.find("ThreadSanitizer: data race") != std::string::npos;
  const std::size_t counts = text.find("counts: ");
  report.ended = report.race ||  // which ends the process
                 (counts != std::string::npos &&
                  std::sscanf(text.c_str() + counts, "counts: %lu %lu %lu %lu", &report.popped,
                              &report.batches, &report.sums, &report.threads) == 4);
  return report;
}

void expect_found(Story& story, const std::string& ring) {
  story.notes("modules/02-lock-free/README.md#what-x86-hides");
  const Report report = run_stress(ring);
  story.expect(report.ended).is_true().named("stress() came to an end within 15 s");
  story.expect(report.race).is_true().named("ThreadSanitizer reports a data race");
}

TEST(Sound, IsUsedFullyAndNotAccused) {
  Story story("the ring that is right: everything of it is used, and nothing is reported");
  story.notes("modules/02-lock-free/README.md#what-x86-hides")
      .think("which paths of the ring has the test not been on?");
  const Report report = run_stress("Sound");
  story.expect(report.ended).is_true().named("stress() came to an end within 15 s");
  story.expect(report.race).is_false().named("ThreadSanitizer reports a data race");
  story.expect(report.threads).equals(2).named("threads that push and pop");
  story.expect(report.popped).at_least(100).named("trades popped").units("trades");
  story.expect(report.batches).at_least(1).named("batches of two or more");
  story.expect(report.sums).at_least(1).named("sums read after close");
}

TEST(Alder, IsFound) {
  Story story("Alder");
  story.think("does your test go down every way into the ring?");
  expect_found(story, "Alder");
}

TEST(Birch, IsFound) {
  Story story("Birch");
  story.think("which access to a slot follows the consumer's last one, and when?");
  expect_found(story, "Birch");
}

TEST(Cedar, IsFound) {
  Story story("Cedar");
  story.think(
      "what does the ring hand over that is not in a slot? And what in your test may order it by accident?");
  expect_found(story, "Cedar");
}

}  // namespace
