// Pinning, timer slack, stack: what every user may do.
#include "kernel_state.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <pthread.h>

namespace lln::jitter {
namespace {

using namespace std::chrono_literals;
using test::affinity;
using test::thread_state;

TEST(ThreadSetup, NothingAskedForChangesNothing) {
  const auto before = thread_state();
  const ThreadSetup setup({});
  EXPECT_TRUE(setup.steps().empty());
  EXPECT_TRUE(setup.all_ok()) << "nothing was refused";
  EXPECT_EQ(thread_state(), before);
}

TEST(ThreadSetup, AllowedCpusAreTheKernelsAnswer) { EXPECT_EQ(allowed_cpus(), affinity()); }

TEST(ThreadSetup, PinsAndUnpins) {
  const auto before = affinity();
  const int cpu = before.back();
  {
    const ThreadSetup setup({.cpu = cpu});
    ASSERT_EQ(setup.steps().size(), 1U);
    EXPECT_EQ(setup.steps()[0].name, "cpu");
    EXPECT_TRUE(setup.all_ok()) << setup.steps()[0].detail;
    EXPECT_EQ(affinity(), std::vector<int>{cpu});
    EXPECT_EQ(::sched_getcpu(), cpu) << "sched_setaffinity migrates the caller before it returns";
  }
  EXPECT_EQ(affinity(), before) << "the destructor gives back the CPUs found at the start";
}

TEST(ThreadSetup, RefusesACpuThatIsNotThere) {
  const auto before = thread_state();
  for (const int cpu : {-1, CPU_SETSIZE - 1, CPU_SETSIZE, 1 << 30}) {
    const ThreadSetup setup({.cpu = cpu});
    ASSERT_EQ(setup.steps().size(), 1U);
    EXPECT_FALSE(setup.all_ok()) << "CPU " << cpu;
    const std::string& detail = setup.steps()[0].detail;
    EXPECT_NE(detail.find("CPU " + std::to_string(cpu)), std::string::npos) << detail;
    EXPECT_NE(detail.find("may use " + std::to_string(before.cpus.front())), std::string::npos)
        << "names the CPUs that would work: " << detail;
    EXPECT_EQ(thread_state(), before) << "a refused step changes nothing";
  }
  EXPECT_EQ(thread_state(), before);
}

TEST(ThreadSetup, NestedPinsAreUndoneOneByOne) {
  const auto before = affinity();
  {
    const ThreadSetup outer({.cpu = before.front()});
    {
      const ThreadSetup inner({.cpu = before.back()});
      EXPECT_TRUE(inner.all_ok()) << inner.steps()[0].detail;
      EXPECT_EQ(affinity(), std::vector<int>{before.back()});
    }
    EXPECT_EQ(affinity(), std::vector<int>{before.front()}) << "back to what the outer setup made";
  }
  EXPECT_EQ(affinity(), before);
}

TEST(ThreadSetup, TimerSlackIsSetAndGivenBack) {
  const auto before = thread_state();
  {
    const ThreadSetup outer({.timer_slack = 1ns});
    EXPECT_TRUE(outer.all_ok()) << outer.steps()[0].detail;
    EXPECT_EQ(thread_state().timer_slack, 1);
    {
      const ThreadSetup inner({.timer_slack = 123us});
      EXPECT_EQ(thread_state().timer_slack, 123'000);
    }
    EXPECT_EQ(thread_state().timer_slack, 1) << "back to what the outer setup made";
  }
  EXPECT_EQ(thread_state(), before);
}

TEST(ThreadSetup, RefusesTimerSlackThatWouldMeanTheDefault) {
  const auto before = thread_state();
  for (const auto slack : {0ns, -5ns}) {
    const ThreadSetup setup({.timer_slack = slack});
    EXPECT_FALSE(setup.all_ok()) << slack.count() << " ns";
    EXPECT_EQ(thread_state(), before);
  }
}

TEST(ThreadSetup, GoesOnAfterARefusedStep) {
  const ThreadSetup setup({.cpu = -1, .prefault_stack_bytes = 4096, .timer_slack = 1ns});
  ASSERT_EQ(setup.steps().size(), 3U);
  EXPECT_FALSE(setup.steps()[0].ok);
  EXPECT_TRUE(setup.steps()[1].ok) << setup.steps()[1].detail;
  EXPECT_TRUE(setup.steps()[2].ok) << setup.steps()[2].detail;
  EXPECT_FALSE(setup.all_ok()) << "one refusal is enough";
}

// A thread on a stack that nobody has touched yet.
struct FreshStack {
  static constexpr std::size_t bytes = 2 << 20;
  static constexpr std::size_t wanted = 512 << 10;
  void* stack = test::map_pages(bytes);
  std::size_t ask = wanted;
  std::size_t resident_before = 0;
  std::size_t resident_after = 0;
  bool ok = false;
  std::string detail;

  void run() {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ASSERT_EQ(::pthread_attr_setstack(&attributes, stack, bytes), 0);
    pthread_t thread;
    ASSERT_EQ(::pthread_create(&thread, &attributes, &FreshStack::body, this), 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
    ::munmap(stack, bytes);
  }

  static void* body(void* self) {
    auto& me = *static_cast<FreshStack*>(self);
    me.resident_before = test::resident_pages(me.stack, bytes);
    const ThreadSetup setup({.prefault_stack_bytes = me.ask});
    me.resident_after = test::resident_pages(me.stack, bytes);
    me.ok = setup.all_ok();
    me.detail = setup.steps().at(0).detail;
    return nullptr;
  }
};

TEST(ThreadSetup, PrefaultsTheStack) {
  const std::size_t page = test::page_size();
  FreshStack thread;
  ASSERT_NE(thread.stack, nullptr);
  thread.run();
  EXPECT_TRUE(thread.ok) << thread.detail;
  if (thread.resident_before == FreshStack::bytes / page) {
    GTEST_SKIP() << "this kernel fills new stacks at once (huge pages always on): nothing to see";
  }
  EXPECT_GE(thread.resident_after, FreshStack::wanted / page) << "pages of the stack that are in memory";
  EXPECT_LT(thread.resident_after, FreshStack::bytes / page) << "not more than was asked for";
}

TEST(ThreadSetup, RefusesToPrefaultMoreStackThanThereIs) {
  FreshStack thread;
  thread.ask = FreshStack::bytes;
  ASSERT_NE(thread.stack, nullptr);
  thread.run();
  EXPECT_FALSE(thread.ok);
  EXPECT_NE(thread.detail.find("stack of " + std::to_string(FreshStack::bytes)), std::string::npos)
      << "names the stack's size: " << thread.detail;
}

}  // namespace
}  // namespace lln::jitter
