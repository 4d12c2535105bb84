// Runs the student's stress() on each ring in a process of its own, and reads what ThreadSanitizer says there.
#include <lln/testkit/testkit.hpp>

#include <fcntl.h>
#include <ring_stress.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

using lln::testkit::Story;

struct Report {
  bool ended = false;
  bool race = false;
  std::uint64_t pushed = 0, popped = 0, batches = 0, full = 0, sums = 0, threads = 0;
};

// The child's standard error goes to a temporary file, its counts through a pipe.
template <class Ring>
Report run_stress() {
  std::string path = "/tmp/lln-stress-XXXXXX";
  const int errors = mkstemp(path.data());
  unlink(path.c_str());
  int counts[2];
  Report report;
  if (errors < 0 || pipe(counts) != 0) return report;
  const pid_t child = fork();
  if (child == 0) {
    dup2(errors, STDERR_FILENO);
    dup2(errors, STDOUT_FILENO);
    alarm(15);
    static Ring ring;
    lln::exercise::stress(ring);
    report.ended = true;
    report.pushed = ring.seen.pushed.load(std::memory_order_relaxed);
    report.popped = ring.seen.popped.load(std::memory_order_relaxed);
    report.batches = ring.seen.batches.load(std::memory_order_relaxed);
    report.full = ring.seen.full.load(std::memory_order_relaxed);
    report.sums = ring.seen.sums.load(std::memory_order_relaxed);
    report.threads = ring.seen.producer.load() == ring.seen.consumer.load() ? 1 : 2;
    const auto written = write(counts[1], &report, sizeof report);
    _exit(written == sizeof report ? 0 : 3);
  }
  close(counts[1]);
  int status = 0;
  waitpid(child, &status, 0);
  if (read(counts[0], &report, sizeof report) != sizeof report) report = {};
  std::string text(64 * 1024, '\0');
  const ssize_t size = pread(errors, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  report.race = text.find("ThreadSanitizer: data race") != std::string::npos;
  report.ended |= report.race;  // a report may end the process at once
  close(counts[0]);
  close(errors);
  return report;
}

template <class Ring>
void expect_found(Story& story) {
  story.notes("modules/02-lock-free/README.md#what-x86-hides");
  const Report report = run_stress<Ring>();
  story.expect(report.ended).is_true().named("stress() came to an end within 15 s");
  story.expect(report.race).is_true().named("ThreadSanitizer reports a data race");
}

TEST(Sound, IsUsedFullyAndNotAccused) {
  Story story("the ring that is right: everything of it is used, and nothing is reported");
  story.notes("modules/02-lock-free/README.md#what-x86-hides")
      .think("which paths of the ring has the test not been on?");
  const Report report = run_stress<lln::exercise::Sound>();
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
  expect_found<lln::exercise::Alder>(story);
}

TEST(Birch, IsFound) {
  Story story("Birch");
  story.think("which access to a slot follows the consumer's last one, and when?");
  expect_found<lln::exercise::Birch>(story);
}

TEST(Cedar, IsFound) {
  Story story("Cedar");
  story.think(
      "what does the ring hand over that is not in a slot? And what in your test may order it by accident?");
  expect_found<lln::exercise::Cedar>(story);
}

}  // namespace
