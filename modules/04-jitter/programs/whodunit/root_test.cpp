// Provokes disturbances and wants the right culprit at the top. Needs the right to trace the kernel; label root.
#include "../../src/capabilities.hpp"
#include "../../tests/child.hpp"
#include "session.hpp"

#include <lln/jitter/disturbance.hpp>
#include <lln/jitter/thread_setup.hpp>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include <csignal>
#include <ctime>
#include <functional>
#include <thread>

namespace lln::whodunit {
namespace {

using namespace std::chrono_literals;
using jitter::CauseKind;
using jitter::DisturbanceKind;

// Why this test cannot run here; empty when it can.
std::string obstacle() {
  if (std::string missing = what_is_missing(); !missing.empty()) return missing;
  if (jitter::allowed_cpus().size() < 2) return "needs two CPUs: one is watched from the other";
  try {
    const Tracer tracer(jitter::allowed_cpus().back());
  } catch (const CannotTrace& error) {
    return error.what();  // a sandbox, or a kernel without what it takes
  }
  return {};
}

#define LLN_SKIP_UNLESS_TRACING_WORKS() \
  if (const std::string reason = obstacle(); !reason.empty()) GTEST_SKIP() << reason

// Other work on this machine may take more than the disturbance in one try; a wrong attribution is wrong in all of them.
constexpr int tries = 10;

std::string ranking_of(const Findings& findings) {
  std::string text;
  for (const std::size_t index : findings.attribution.ranking()) {
    const jitter::Culprit& culprit = findings.attribution.culprits[index];
    text += to_string(culprit.cause) + " " + std::to_string(findings.attribution.share(culprit)) + "; ";
  }
  return text;
}

void expect_first(DisturbanceKind kind, std::optional<int> fifo, CauseKind wanted, const std::string& name) {
  const std::atomic<bool> stop{false};
  Case what;
  what.cpu = jitter::allowed_cpus().back();
  what.duration = 400ms;
  what.fifo_priority = fifo;
  std::string seen;
  for (int i = 0; i < tries; ++i) {
    std::optional<Findings> findings;
    try {
      const jitter::Disturbance disturbance(kind, what.cpu);
      findings = investigate(what, stop);
    } catch (const std::system_error& error) {
      GTEST_SKIP() << error.what();
    }
    const auto ranking = findings->attribution.ranking();
    if (!ranking.empty()) {
      const jitter::Cause& first = findings->attribution.culprits[ranking[0]].cause;
      if (first.kind == wanted && first.name.find(name) != std::string::npos) return;
    }
    seen += "\n  " + ranking_of(*findings);
  }
  ADD_FAILURE() << to_string(kind) << " was never first:" << seen;
}

TEST(Whodunit, NamesACompetingTask) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  expect_first(DisturbanceKind::rival, {}, CauseKind::task, "lln-rival");
}

// SCHED_FIFO keeps other tasks of a busy machine away from the watched thread; interrupts do not care about it.
TEST(Whodunit, NamesATimerStorm) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  expect_first(DisturbanceKind::timers, 10, CauseKind::timer, "perf_swevent_hrtimer");
}

TEST(Whodunit, NamesANetworkFlood) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  expect_first(DisturbanceKind::network, 10, CauseKind::softirq, "NET_RX");
}

TEST(Whodunit, AccountsForEveryGap) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  const std::atomic<bool> stop{false};
  Case what;
  what.cpu = jitter::allowed_cpus().back();
  what.duration = 200ms;
  what.threshold = 500ns;
  const Findings findings = investigate(what, stop);
  EXPECT_EQ(findings.attribution.gaps.size() + findings.gaps_left_out, findings.gaps);
  std::uint64_t charged = 0;
  for (const jitter::Culprit& culprit : findings.attribution.culprits) charged += culprit.lost_ns;
  EXPECT_EQ(charged, findings.attribution.lost_ns);
  EXPECT_GT(findings.events, 0U) << "the timer ticks, at the least";
  EXPECT_EQ(findings.cost.runs > 0, jitter::detail::has_capability(CAP_SYS_ADMIN));
}

TEST(Whodunit, SaysWhatAPlainUserLacks) {
  EXPECT_EQ(jitter::test::in_child(jitter::test::Run::as_plain_user,
                                   []() -> std::string {
                                     const std::string missing = what_is_missing();
                                     if (missing.empty()) return "";  // a user with both capabilities
                                     return missing.find("CAP_BPF and CAP_PERFMON") != std::string::npos &&
                                                    missing.find("setcap") != std::string::npos
                                                ? ""
                                                : missing;
                                   }),
            "");
}

std::uint64_t boot_time_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

// Other people's programs, and what the kernel counts of them, are seen with CAP_SYS_ADMIN only.
bool sees_all_programs() { return jitter::detail::has_capability(CAP_SYS_ADMIN); }
#define LLN_SKIP_UNLESS_PROGRAMS_ARE_SEEN() \
  if (!sees_all_programs()) GTEST_SKIP() << "the kernel shows its BPF programs only to CAP_SYS_ADMIN"

// Programs of that name which the kernel holds. Those of earlier tests may still be on their way out: they do not count.
int programs_loaded_since(std::uint64_t start) {
  int count = 0;
  for (std::uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const int program = bpf_prog_get_fd_by_id(id);
    if (program < 0) continue;
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(program, &info, &size) == 0 && info.load_time >= start &&
        std::string(info.name) == "who_switch")
      ++count;
    ::close(program);
  }
  return count;
}

bool becomes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
  return condition();
}

// Starts the program for minutes, ends it with `signal` once its BPF programs are there; returns waitpid's status.
int end_it_with(int signal) {
  const std::uint64_t start = boot_time_ns();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nobody spinning
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    ::execl(LLN_WHODUNIT, LLN_WHODUNIT, "--seconds", "300", "--timeline", "0", nullptr);
    ::_exit(126);
  }
  EXPECT_TRUE(becomes_true([&] { return programs_loaded_since(start) > 0; })) << "it loads its programs";
  ::kill(child, signal);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(becomes_true([&] { return programs_loaded_since(start) == 0; })) << "and none is left";
  return status;
}

TEST(Whodunit, CtrlCEndsItWithAReportAndNothingLeft) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  LLN_SKIP_UNLESS_PROGRAMS_ARE_SEEN();
  const int status = end_it_with(SIGINT);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Whodunit, NothingIsLeftAfterKill9) {
  LLN_SKIP_UNLESS_TRACING_WORKS();
  LLN_SKIP_UNLESS_PROGRAMS_ARE_SEEN();
  EXPECT_TRUE(WIFSIGNALED(end_it_with(SIGKILL)));
}

}  // namespace
}  // namespace lln::whodunit
