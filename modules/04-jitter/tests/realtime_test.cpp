// SCHED_FIFO: granted and given back, refused with the reason, never granted where it could freeze the machine.
#include "child.hpp"
#include "kernel_state.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <future>
#include <thread>

namespace lln::jitter {
namespace {

using namespace std::chrono_literals;
using test::thread_state;

constexpr int priority = 50;

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Asks the kernel itself, for a moment.
bool kernel_grants_fifo() {
  sched_param parameters{};
  parameters.sched_priority = priority;
  if (::sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) return false;
  parameters.sched_priority = 0;
  ::sched_setscheduler(0, SCHED_OTHER, &parameters);
  return true;
}

#define LLN_SKIP_UNLESS_FIFO_CAN_WORK()                                                                    \
  if (test::affinity().size() < 2) GTEST_SKIP() << "needs two CPUs: on one, SCHED_FIFO is always refused"; \
  if (!kernel_grants_fifo()) GTEST_SKIP() << "this user may not use SCHED_FIFO (CAP_SYS_NICE, rtprio limit)"

TEST(Realtime, FifoIsSetAndGivenBack) {
  LLN_SKIP_UNLESS_FIFO_CAN_WORK();
  const auto before = thread_state();
  {
    const ThreadSetup setup({.cpu = before.cpus.back(), .fifo_priority = priority});
    ASSERT_TRUE(setup.all_ok()) << setup.steps().back().detail;
    EXPECT_EQ(thread_state().policy, SCHED_FIFO);
    EXPECT_EQ(thread_state().priority, priority);
  }
  EXPECT_EQ(thread_state(), before);
}

TEST(Realtime, NestedPrioritiesAreUndoneOneByOne) {
  LLN_SKIP_UNLESS_FIFO_CAN_WORK();
  const auto before = thread_state();
  {
    const ThreadSetup outer({.fifo_priority = 10});
    ASSERT_TRUE(outer.all_ok()) << outer.steps().back().detail;
    {
      const ThreadSetup inner({.fifo_priority = 20});
      EXPECT_EQ(thread_state().priority, 20);
    }
    EXPECT_EQ(thread_state().policy, SCHED_FIFO) << "back to what the outer setup made";
    EXPECT_EQ(thread_state().priority, 10);
  }
  EXPECT_EQ(thread_state(), before);
}

TEST(Realtime, EverythingTogetherIsGivenBack) {
  LLN_SKIP_UNLESS_FIFO_CAN_WORK();
  const auto before = thread_state();
  {
    const ThreadSetup setup({.cpu = before.cpus.back(),
                             .fifo_priority = priority,
                             .prefault_stack_bytes = 16 << 10,
                             .timer_slack = 1ns});
    ASSERT_EQ(setup.steps().size(), 4U);
    EXPECT_TRUE(setup.all_ok());
    EXPECT_EQ(setup.steps().back().name, "fifo_priority") << "real-time priority comes last";
  }
  EXPECT_EQ(thread_state(), before) << "slack survives the change of policy and back";
}

TEST(Realtime, RefusesAPriorityThatDoesNotExist) {
  const auto before = thread_state();
  for (const int wrong : {0, 100, -1}) {
    const ThreadSetup setup({.fifo_priority = wrong});
    EXPECT_FALSE(setup.all_ok()) << "priority " << wrong;
    EXPECT_TRUE(mentions(setup.steps()[0].detail, "1..99")) << setup.steps()[0].detail;
    EXPECT_EQ(thread_state(), before);
  }
}

TEST(Realtime, RefusesTheOnlyAllowedCpu) {
  const auto text = test::in_child(test::Run::as_we_are, []() -> std::string {
    if (!test::set_affinity({test::affinity().front()})) return "could not restrict the child to one CPU";
    const int before = thread_state().policy;
    const ThreadSetup setup({.fifo_priority = priority});
    if (setup.all_ok()) return "granted";
    if (thread_state().policy != before) return "refused but set";
    return mentions(setup.steps()[0].detail, "is the only one") ? "" : setup.steps()[0].detail;
  });
  EXPECT_EQ(text, "");
}

TEST(Realtime, RefusesToTakeTheLastCpuFromOrdinaryThreads) {
  LLN_SKIP_UNLESS_FIFO_CAN_WORK();
  const auto text = test::in_child(test::Run::as_we_are, []() -> std::string {
    const int first = test::affinity().front();
    const int second = test::affinity().back();
    if (!test::set_affinity({first, second})) return "could not restrict the child to two CPUs";
    std::promise<bool> started;
    std::promise<void> finish;
    std::thread other([&] {
      const ThreadSetup setup({.cpu = first, .fifo_priority = priority});
      started.set_value(setup.all_ok());
      finish.get_future().wait();
    });
    std::string result;
    if (!started.get_future().get()) result = "the first real-time thread was refused; ";
    {
      const ThreadSetup setup({.cpu = second, .fifo_priority = priority});
      if (setup.all_ok()) result += "the second real-time thread took the last CPU";
      if (!mentions(setup.steps().back().detail, "would leave none of the CPUs")) {
        result += setup.steps().back().detail;
      }
    }
    {
      const ThreadSetup setup({.cpu = first, .fifo_priority = priority});
      if (!setup.all_ok())
        result += "refused on a CPU that was taken already: " + setup.steps().back().detail;
    }
    finish.set_value();
    other.join();
    return result;
  });
  EXPECT_EQ(text, "");
}

TEST(Realtime, TellsAPlainUserWhatIsMissing) {
  if (test::affinity().size() < 2)
    GTEST_SKIP() << "needs two CPUs: on one, SCHED_FIFO is refused for that reason";
  const auto text = test::in_child(test::Run::as_plain_user, []() -> std::string {
    rlimit limit{};
    ::getrlimit(RLIMIT_RTPRIO, &limit);
    limit.rlim_cur = 0;
    if (::setrlimit(RLIMIT_RTPRIO, &limit) != 0) return "setrlimit failed";
    if (kernel_grants_fifo()) return "";  // a user with CAP_SYS_NICE: nothing is refused
    const ThreadSetup setup({.fifo_priority = priority});
    if (setup.all_ok()) return "granted to a user without the right";
    const std::string& detail = setup.steps()[0].detail;
    const bool good = mentions(detail, "Operation not permitted") && mentions(detail, "CAP_SYS_NICE") &&
                      mentions(detail, "at least 50; this process has 0");
    return good ? "" : detail;
  });
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace lln::jitter
