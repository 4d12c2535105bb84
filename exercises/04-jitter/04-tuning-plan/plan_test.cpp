// What the plan advises and refuses.
#include <lln/testkit/testkit.hpp>

#include <tuning_plan.hpp>

namespace plan_test {
namespace {

using lln::exercise::Facts;
using lln::exercise::Item;
using lln::exercise::Verdict;
using lln::testkit::Story;

constexpr const char* notes = "modules/04-jitter/README.md#configuring-the-system";
constexpr const char* dangers = "modules/04-jitter/README.md#real-time-scheduling";

std::string told(Verdict verdict) {
  switch (verdict) {
    case Verdict::keep:
      return "keep";
    case Verdict::change:
      return "change";
    case Verdict::refuse:
      return "refuse";
    case Verdict::absent:
      return "absent";
  }
  return "none of the verdicts";
}

Facts machine() {
  Facts facts;
  facts.online = {0, 1, 2, 3};
  facts.isolated = {2, 3};
  facts.governor = "powersave";
  facts.huge_pages = "always";
  facts.irqs = {{9, {0, 1, 2, 3}, false}, {24, {2}, false}, {25, {0, 1}, false}, {31, {0, 3}, true}};
  return facts;
}

void expect_item(Story& story, const Facts& facts, const std::vector<int>& spinning,
                 const std::string& setting, const std::string& verdict, const std::string& advised) {
  std::vector<Item> items = plan(facts, spinning);
  const auto item =
      std::find_if(items.begin(), items.end(), [&](const Item& each) { return each.setting == setting; });
  story.expect(item != items.end()).is_true().named("the plan has an item \"" + setting + '"');
  if (!story.ok()) return;
  story.expect(told(item->verdict)).equals(verdict).named("the verdict on " + setting);
  story.expect(item->advised).equals(advised).named("the advised value of " + setting);
  story.expect(item->why.empty()).is_false().named("the reason for " + setting + " is empty");
}

// ---- advice ----

TEST(Advice, InItsOrder) {
  Story story("four CPUs, 2 and 3 isolated, a thread is to spin on 2");
  story.notes(notes).think("which change makes the others harder to make, or to undo?");
  const std::vector<Item> items = plan(machine(), {2});
  std::string order;
  for (const Item& item : items) order += item.setting + "; ";
  story.expect(order)
      .equals("governor; huge pages; irq 9; irq 24; irq 25; irq 31; rt throttling; ")
      .named("the items");
  if (!story.ok()) return;
  story.expect(items[2].path).equals("/proc/irq/9/smp_affinity_list").named("the path of irq 9");
  story.expect(items[2].present).equals("0,1,2,3").named("the present value of irq 9");
  story.expect(items[6].path)
      .equals("/proc/sys/kernel/sched_rt_runtime_us")
      .named("the path of rt throttling");
  story.expect(items[6].present).equals("950000").named("the present value of rt throttling");
}

TEST(Advice, WhatIsToChange) {
  Story story("four CPUs, 2 and 3 isolated, a thread is to spin on 2");
  story.notes(notes);
  expect_item(story, machine(), {2}, "governor", "change", "performance");
  expect_item(story, machine(), {2}, "huge pages", "change", "madvise");
  expect_item(story, machine(), {2}, "irq 9", "change", "0,1,3");
  expect_item(story, machine(), {2}, "irq 24", "change", "0,1,3");
  expect_item(story, machine(), {2}, "irq 25", "keep", "0,1");
  expect_item(story, machine(), {2}, "irq 31", "keep", "0,3");
  expect_item(story, machine(), {2}, "rt throttling", "change", "-1");
}

TEST(Advice, WhatIsRightAlready) {
  Story story("a machine that has been tuned, and one on which nothing spins");
  story.notes(notes);
  Facts facts = machine();
  facts.governor = "performance";
  facts.huge_pages = "never";
  facts.rt_runtime_us = -1;
  expect_item(story, facts, {2}, "governor", "keep", "performance");
  expect_item(story, facts, {2}, "huge pages", "keep", "never");
  expect_item(story, facts, {2}, "rt throttling", "keep", "-1");
  story.step("nothing spins");
  expect_item(story, machine(), {}, "irq 9", "keep", "0,1,2,3");
  expect_item(story, machine(), {}, "rt throttling", "keep", "950000");
  story.step("a machine without cpufreq");
  facts.governor.clear();
  expect_item(story, facts, {2}, "governor", "absent", "");
}

// ---- refuses ----

TEST(Refuses, ThrottlingOffOnTheLastCpu) {
  Story story("every online CPU is isolated, and a thread is to spin on each");
  story.notes(dangers).think("who would run the shell in which you type the command that ends it?");
  Facts facts = machine();
  facts.isolated = {0, 1, 2, 3};
  expect_item(story, facts, {0, 1, 2, 3}, "rt throttling", "refuse", "-1");
  story.step("one CPU less");
  expect_item(story, facts, {1, 2, 3}, "rt throttling", "change", "-1");
  story.step("a machine with two CPUs, of which one is online");
  facts.online = {1};
  facts.isolated = {1};
  expect_item(story, facts, {1}, "rt throttling", "refuse", "-1");
}

TEST(Refuses, ThrottlingOffOnASharedCpu) {
  Story story("2 and 3 are isolated, threads are to spin on 1 and 2");
  story.notes(dangers).think("which kernel threads live on a CPU that is not isolated?");
  expect_item(story, machine(), {1, 2}, "rt throttling", "refuse", "-1");
  expect_item(story, machine(), {1}, "rt throttling", "refuse", "-1");
}

TEST(Refuses, AStateThatIsDangerousAlready) {
  Story story("throttling is off, and the thread is to spin on a CPU that is not isolated");
  story.notes(dangers).think(
      "is the present value the advised one, only because you would have advised it elsewhere?");
  Facts facts = machine();
  facts.rt_runtime_us = -1;
  expect_item(story, facts, {1}, "rt throttling", "change", "950000");
  story.step("isolated, but the last one");
  facts.isolated = {0, 1, 2, 3};
  expect_item(story, facts, {0, 1, 2, 3}, "rt throttling", "change", "950000");
}

TEST(Refuses, InterruptsThatHaveNowhereToGo) {
  Story story("every CPU spins");
  story.notes(notes);
  Facts facts = machine();
  std::vector<Item> items = plan(facts, {0, 1, 2, 3});
  story.expect(items.size()).equals(7U).named("items");
  if (!story.ok()) return;
  story.expect(told(items[2].verdict)).equals("refuse").named("the verdict on irq 9");
  story.expect(told(items[3].verdict)).equals("refuse").named("the verdict on irq 24");
}

TEST(Refuses, ManagedInterrupts) {
  Story story("irq 31 was placed on CPUs 0 and 3 by the kernel, and a thread is to spin on 3");
  story.notes(notes);
  expect_item(story, machine(), {3}, "irq 31", "refuse", "0");
  expect_item(story, machine(), {3}, "irq 9", "change", "0,1,2");
}

TEST(Refuses, ACpuThatIsNotThere) {
  Story story("a thread is to spin on CPU 4 of 0 to 3");
  story.notes(notes);
  bool refused = false;
  try {
    static_cast<void>(plan(machine(), {3, 4}));
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  story.expect(refused).is_true().named("std::invalid_argument was thrown");
}

}  // namespace
}  // namespace plan_test
