// Calls, refusals, reasons and undoing of the thread set-up, on a kernel that writes everything down.
#include <lln/testkit/testkit.hpp>

#include <linux_kernel.hpp>
#include <thread_setup.hpp>

#include <map>
#include <thread>

namespace {

using lln::exercise::Kernel;
using lln::exercise::Options;
using lln::exercise::Policy;
using lln::exercise::Step;
using lln::exercise::ThreadSetup;
using lln::testkit::Story;

constexpr const char* notes = "modules/04-jitter/README.md#setting-up-the-thread";
constexpr const char* dangers = "modules/04-jitter/README.md#real-time-scheduling";

struct Surprise {};

// A thread on CPUs 0 to 3, SCHED_OTHER, slack 60000 ns. What is in `refuses` is refused with that error.
class FakeKernel final : public Kernel {
 public:
  int get_cpus(std::vector<int>& cpus) override {
    return call("get_cpus", [&] { cpus = cpus_; });
  }
  int set_cpus(const std::vector<int>& cpus) override {
    std::string list;
    for (const int cpu : cpus) list += (list.empty() ? "" : ",") + std::to_string(cpu);
    return call("set_cpus " + list, [&] { cpus_ = cpus; });
  }
  int lock_memory() override {
    return call("lock_memory", [&] { locked_ = true; });
  }
  int unlock_memory() override {
    return call("unlock_memory", [&] { locked_ = false; });
  }
  int get_slack(std::uint64_t& ns) override {
    return call("get_slack", [&] { ns = slack_; });
  }
  int set_slack(std::uint64_t ns) override {
    return call("set_slack " + std::to_string(ns), [&] { slack_ = ns; });
  }
  int get_policy(Policy& policy) override {
    return call("get_policy", [&] { policy = policy_; });
  }
  int set_policy(const Policy& policy) override {
    const std::string name = policy.policy == SCHED_FIFO ? "fifo"
                             : policy.policy == SCHED_RR ? "rr"
                                                         : "other";
    return call("set_policy " + name + ' ' + std::to_string(policy.priority), [&] { policy_ = policy; });
  }

  // The calls since the last time; those that only read are left out unless asked for.
  std::string calls(bool all = false) {
    std::string text;
    for (const std::string& call : calls_) {
      if (all || !call.starts_with("get_")) text += call + "; ";
    }
    calls_.clear();
    return text;
  }

  std::map<std::string, int> refuses;
  std::string throws_at;
  Policy policy_{SCHED_OTHER, 0};

 private:
  template <class Work>
  int call(const std::string& what, Work work) {
    calls_.push_back(what);
    const std::string name = what.substr(0, what.find(' '));
    if (name == throws_at) {
      throws_at.clear();
      throw Surprise{};
    }
    if (const auto refusal = refuses.find(name); refusal != refuses.end()) return refusal->second;
    work();
    return 0;
  }

  std::vector<int> cpus_{0, 1, 2, 3};
  bool locked_ = false;
  std::uint64_t slack_ = 60'000;
  std::vector<std::string> calls_;
};

Options everything() {
  Options options;
  options.cpu = 2;
  options.lock_memory = true;
  options.slack_ns = 1;
  options.fifo_priority = 50;
  return options;
}

std::string told(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) text += step.name + ' ' + std::to_string(step.error) + "; ";
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// ---- calls ----

TEST(Calls, InTheirOrderWithTheirArguments) {
  Story story("everything is asked for, and nothing refused");
  story.notes(notes).think("which of the calls would you rather not make with real-time priority?");
  FakeKernel kernel;
  const ThreadSetup setup(kernel, everything());
  story.expect(kernel.calls())
      .equals("set_cpus 2; lock_memory; set_slack 1; set_policy fifo 50; ")
      .named("the calls that change something");
  story.expect(told(setup.steps()))
      .equals("cpu 0; memory 0; slack 0; fifo 0; ")
      .named("the steps and their errors");
  for (const Step& step : setup.steps())
    story.expect(step.reason).equals("").named("the reason of " + step.name);
}

TEST(Calls, NoneForWhatIsNotAskedFor) {
  Story story("only the slack is asked for, then nothing");
  story.notes(notes);
  FakeKernel kernel;
  {
    Options options;
    options.slack_ns = 1000;
    const ThreadSetup setup(kernel, options);
    story.expect(kernel.calls(true)).equals("get_slack; set_slack 1000; ").named("the calls");
    story.expect(told(setup.steps())).equals("slack 0; ").named("the steps");
  }
  kernel.calls();
  story.step("nothing");
  {
    const ThreadSetup setup(kernel, Options{});
    story.expect(setup.steps().size()).equals(0U).named("steps");
  }
  story.expect(kernel.calls(true)).equals("").named("the calls");
}

TEST(Calls, NonsenseIsRefusedBeforeTheFirst) {
  Story story("arguments that no kernel takes, or takes for something else");
  story.notes(notes).think("what does PR_SET_TIMERSLACK make of 0?");
  std::vector<Options> wrong(5, everything());
  wrong[0].cpu = -1;
  wrong[1].slack_ns = 0;
  wrong[2].fifo_priority = 0;
  wrong[3].fifo_priority = 100;
  wrong[4].fifo_priority = -1;
  for (const Options& options : wrong) {
    FakeKernel kernel;
    bool refused = false;
    try {
      const ThreadSetup setup(kernel, options);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    story.step("cpu " + std::to_string(*options.cpu) + ", slack " + std::to_string(*options.slack_ns) +
               ", priority " + std::to_string(*options.fifo_priority));
    story.expect(refused).is_true().named("std::invalid_argument was thrown");
    story.expect(kernel.calls(true)).equals("").named("the calls");
  }
}

// ---- refusals ----

TEST(Refusals, DoNotStopTheOthers) {
  Story story("memory and slack are refused");
  story.notes(notes);
  FakeKernel kernel;
  kernel.refuses = {{"lock_memory", ENOMEM}, {"set_slack", EPERM}};
  const ThreadSetup setup(kernel, everything());
  story.expect(told(setup.steps()))
      .equals("cpu 0; memory " + std::to_string(ENOMEM) + "; slack " + std::to_string(EPERM) + "; fifo 0; ")
      .named("the steps and their errors");
}

TEST(Refusals, ARealTimeThreadNeedsItsCpu) {
  Story story("the CPU is refused, and SCHED_FIFO was asked for");
  story.notes(dangers).think("where does the thread spin now?");
  FakeKernel kernel;
  kernel.refuses = {{"set_cpus", EINVAL}};
  const ThreadSetup setup(kernel, everything());
  story.expect(kernel.calls()).equals("set_cpus 2; lock_memory; set_slack 1; ").named("the calls");
  story.expect(told(setup.steps()))
      .equals("cpu " + std::to_string(EINVAL) + "; memory 0; slack 0; fifo " + std::to_string(ECANCELED) +
              "; ")
      .named("the steps and their errors");
  if (!story.ok()) return;
  if (!has(setup.steps()[3].reason, "cpu")) story.fail("The reason of fifo does not name the step cpu.");
  story.step("without a CPU asked for, it is tried");
  FakeKernel other;
  Options options;
  options.fifo_priority = 1;
  const ThreadSetup alone(other, options);
  story.expect(other.calls()).equals("set_policy fifo 1; ").named("the calls");
}

TEST(Refusals, WhatCannotBeReadIsNotChanged) {
  Story story("the present slack and the present policy cannot be read");
  story.notes(notes).think("what would you put back?");
  FakeKernel kernel;
  kernel.refuses = {{"get_slack", ENOSYS}, {"get_policy", ESRCH}};
  const ThreadSetup setup(kernel, everything());
  story.expect(kernel.calls()).equals("set_cpus 2; lock_memory; ").named("the calls that change something");
  story.expect(told(setup.steps()))
      .equals("cpu 0; memory 0; slack " + std::to_string(ENOSYS) + "; fifo " + std::to_string(ESRCH) + "; ")
      .named("the steps and their errors");
}

// ---- reasons ----

void expect_reason(Story& story, const std::string& call, int error, const std::string& step,
                   const std::vector<std::string>& parts, const std::vector<std::string>& none_of) {
  FakeKernel kernel;
  kernel.refuses = {{call, error}};
  const ThreadSetup setup(kernel, everything());
  story.step(call + " is refused: " + std::generic_category().message(error));
  std::string reason = "no such step";
  for (const Step& each : setup.steps()) {
    if (each.name == step) reason = each.reason;
  }
  for (const std::string& part : parts) {
    if (!has(reason, part)) story.fail("The reason \"" + reason + "\" does not say \"" + part + "\".");
  }
  for (const std::string& part : none_of) {
    if (has(reason, part)) story.fail("The reason \"" + reason + "\" must not say \"" + part + "\".");
  }
}

TEST(Reasons, SayWhatWouldPermitIt) {
  Story story("one refusal each, with everything asked for: CPU 2, memory, slack 1 ns, priority 50");
  story.notes(notes).think("somebody reads your sentence and wants the step to work: what must they do?");
  expect_reason(story, "set_cpus", EINVAL, "cpu", {"2", "not online"}, {"CAP_"});
  expect_reason(story, "lock_memory", EPERM, "memory", {"CAP_IPC_LOCK", "RLIMIT_MEMLOCK"}, {});
  expect_reason(story, "lock_memory", ENOMEM, "memory", {"RLIMIT_MEMLOCK"}, {"CAP_IPC_LOCK"});
  expect_reason(story, "set_policy", EPERM, "fifo", {"CAP_SYS_NICE", "RLIMIT_RTPRIO", "50"},
                {"CAP_IPC_LOCK"});
}

TEST(Reasons, NeverGuess) {
  Story story("the same numbers from other calls, and numbers that nobody expects");
  story.notes(notes).think("EPERM of one call is not EPERM of another: which rights concern this one?");
  const auto text = [](int error) { return std::generic_category().message(error); };
  expect_reason(story, "set_policy", EINVAL, "fifo", {text(EINVAL)}, {"CAP_", "RLIMIT_", "not online"});
  expect_reason(story, "set_slack", EPERM, "slack", {text(EPERM)}, {"CAP_", "RLIMIT_"});
  expect_reason(story, "set_cpus", EPERM, "cpu", {text(EPERM)}, {"not online", "RLIMIT_"});
  expect_reason(story, "get_cpus", EFAULT, "cpu", {text(EFAULT)}, {"not online"});
  expect_reason(story, "lock_memory", EAGAIN, "memory", {text(EAGAIN)}, {"CAP_", "RLIMIT_"});
}

// ---- undoing ----

TEST(Undoing, InReverseOrderToWhatWasFound) {
  Story story("a thread of SCHED_RR priority 7 is set up, and the set-up ends");
  story.notes(notes).think("is the default what the thread had before?");
  FakeKernel kernel;
  kernel.policy_ = {SCHED_RR, 7};
  {
    const ThreadSetup setup(kernel, everything());
    kernel.calls();
  }
  story.expect(kernel.calls())
      .equals("set_policy rr 7; set_slack 60000; unlock_memory; set_cpus 0,1,2,3; ")
      .named("the calls of the end");
}

TEST(Undoing, NothingThatWasNotDone) {
  Story story("each step is refused once; the end undoes the others");
  story.notes(notes);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"set_cpus", "set_slack 60000; unlock_memory; "},  // and no real-time priority without a CPU
      {"lock_memory", "set_policy other 0; set_slack 60000; set_cpus 0,1,2,3; "},
      {"set_slack", "set_policy other 0; unlock_memory; set_cpus 0,1,2,3; "},
      {"set_policy", "set_slack 60000; unlock_memory; set_cpus 0,1,2,3; "},
  };
  for (const auto& [refused, wanted] : cases) {
    FakeKernel kernel;
    kernel.refuses = {{refused, EPERM}};
    story.step(refused + " is refused");
    {
      const ThreadSetup setup(kernel, everything());
      kernel.calls();
      kernel.refuses.clear();
    }
    story.expect(kernel.calls()).equals(wanted).named("the calls of the end");
  }
}

TEST(Undoing, GoesOnWhenSomethingIsRefused) {
  Story story("the old policy is refused when the set-up ends");
  story.notes(notes);
  FakeKernel kernel;
  {
    const ThreadSetup setup(kernel, everything());
    kernel.calls();
    kernel.refuses = {{"set_policy", EPERM}};
  }
  story.expect(kernel.calls())
      .equals("set_policy other 0; set_slack 60000; unlock_memory; set_cpus 0,1,2,3; ")
      .named("the calls of the end");
}

TEST(Undoing, WhenTheConstructorIsLeftByAnException) {
  Story story("the third and the fourth step end in an exception");
  story.notes(notes).think(
      "is the destructor of an object called whose constructor has thrown? Of its members?");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"set_slack", "set_cpus 2; lock_memory; set_slack 1; unlock_memory; set_cpus 0,1,2,3; "},
      {"get_policy",
       "set_cpus 2; lock_memory; set_slack 1; set_slack 60000; unlock_memory; set_cpus 0,1,2,3; "},
  };
  for (const auto& [where, wanted] : cases) {
    FakeKernel kernel;
    kernel.throws_at = where;
    story.step("an exception in " + where);
    bool thrown = false;
    try {
      const ThreadSetup setup(kernel, everything());
    } catch (const Surprise&) {
      thrown = true;
    }
    story.expect(thrown).is_true().named("the exception came through");
    story.expect(kernel.calls()).equals(wanted).named("the calls");
  }
}

// ---- for-real ----

struct State {
  std::string cpus;
  std::uint64_t slack = 0;
  int policy = -1;
  std::string told() const {
    return "CPUs" + cpus + ", slack " + std::to_string(slack) + " ns, policy " + std::to_string(policy);
  }
};

// What the kernel says of this thread.
State state() {
  lln::exercise::LinuxKernel kernel;
  State state;
  std::vector<int> cpus;
  Policy policy;
  kernel.get_cpus(cpus);
  kernel.get_slack(state.slack);
  kernel.get_policy(policy);
  for (const int cpu : cpus) state.cpus += ' ' + std::to_string(cpu);
  state.policy = policy.policy;
  return state;
}

TEST(ForReal, OnThisMachine) {
  Story story("a thread of this process: its first CPU, slack 20000 ns, SCHED_FIFO if that is permitted");
  story.notes(notes);
  State before;
  State within;
  State after;
  std::string cpu;
  std::vector<Step> steps;
  std::thread([&] {
    lln::exercise::LinuxKernel kernel;
    std::vector<int> cpus;
    kernel.get_cpus(cpus);
    cpu = ' ' + std::to_string(cpus.front());
    before = state();
    {
      Options options;
      options.cpu = cpus.front();
      options.slack_ns = 20'000;
      options.fifo_priority = 1;
      const ThreadSetup setup(kernel, options);
      within = state();
      steps = setup.steps();
    }
    after = state();
  }).join();
  story.expect(steps.size()).equals(3U).named("steps");
  if (!story.ok()) return;
  const bool fifo = steps[2].error == 0;
  story.expect(steps[2].reason.empty()).equals(fifo).named("the step fifo has no reason");
  story.expect(within.cpus).equals(cpu).named("the CPUs");
  story.expect(within.policy).equals(fifo ? SCHED_FIFO : before.policy).named("the policy");
  // Real-time threads have no slack; newer kernels say so.
  if (!fifo) story.expect(within.slack).equals(20'000U).named("the slack").units("ns");
  story.step("the set-up has ended");
  story.expect(after.told()).equals(before.told()).named("the thread");
}

}  // namespace
