// The parts of lln-tune: CPU lists, facts from a tree of files, the plan, the journal.
#include "change.hpp"
#include "facts.hpp"
#include "plan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace {

using namespace lln::tune;
namespace fs = std::filesystem;

TEST(CpuList, ReadsAndWritesWhatTheKernelWrites) {
  EXPECT_EQ(parse_cpu_list("0-2,5"), (Cpus{0, 1, 2, 5}));
  EXPECT_EQ(to_list({0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
  EXPECT_EQ(to_mask({0, 1}), "3");
  EXPECT_EQ(to_mask({33}), "2,00000000");
  EXPECT_EQ(to_mask({}), "0");
  for (const char* nonsense : {"", "x", "1-", "-1", "2-1", "1,,2", "1 2", "99999"})
    EXPECT_THROW(parse_cpu_list(nonsense), std::invalid_argument) << nonsense;
}

TEST(CpuList, KnowsTheSameValueInOtherWords) {
  EXPECT_TRUE(same_value("always [madvise] never", "madvise"));
  EXPECT_FALSE(same_value("always [madvise] never", "never"));
  EXPECT_TRUE(same_value("00000000,00000003", "3"));
  EXPECT_TRUE(same_value("0-1", "0,1"));
  EXPECT_TRUE(same_value("00", "0"));
  EXPECT_FALSE(same_value("-1", "1"));
  EXPECT_FALSE(same_value("950000", "95000"));
  EXPECT_FALSE(same_value("", "0"));
}

Facts machine() {
  Facts facts;
  facts.online = {0, 1, 2, 3};
  facts.latency = {2, 3};
  facts.files = {
      {"proc/cmdline", "quiet isolcpus=nohz,domain,2-3 nohz_full=1"},
      {"proc/swaps", "Filename Type Size\n/dev/sda2 partition 1000"},
      {"proc/sys/kernel/sched_rt_runtime_us", "950000"},
      {"proc/sys/vm/swappiness", "60"},
      {"proc/irq/9/smp_affinity_list", "0-3"},
      {"proc/irq/10/smp_affinity_list", "0-1"},
      {"sys/devices/virtual/workqueue/cpumask", "f"},
      {"sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never"},
      {"sys/kernel/mm/transparent_hugepage/defrag", "always defer [madvise] never"},
      {"sys/devices/system/cpu/cpu0/cpuidle/state0/latency", "0"},
      {"sys/devices/system/cpu/cpu0/cpuidle/state0/disable", "0"},
      {"sys/devices/system/cpu/cpu0/cpuidle/state1/latency", "133"},
      {"sys/devices/system/cpu/cpu0/cpuidle/state1/disable", "0"},
  };
  return facts;
}

Advice item(const Facts& facts, const std::string& id,
            const std::map<std::string, std::string>& chosen = {}) {
  for (const Advice& advice : make_plan(facts, chosen))
    if (advice.id == id) return advice;
  throw std::logic_error("no item " + id);
}

TEST(Plan, SaysWhatToChange) {
  const Advice thp = item(machine(), "thp");
  EXPECT_EQ(thp.state, State::change);
  EXPECT_EQ(thp.present, "always");
  EXPECT_EQ(thp.advised, "madvise");
  EXPECT_EQ(thp.command, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
  ASSERT_EQ(thp.writes.size(), 1U);
  EXPECT_EQ(thp.writes[0].path, "sys/kernel/mm/transparent_hugepage/enabled");
  EXPECT_EQ(item(machine(), "thp-defrag").state, State::good);
  EXPECT_TRUE(item(machine(), "thp-defrag").writes.empty());
  EXPECT_EQ(item(machine(), "governor").state, State::absent);
  EXPECT_EQ(item(machine(), "swap").state, State::by_hand);
}

TEST(Plan, EveryItemSaysWhyAndWhatItRisks) {
  for (const Advice& advice : make_plan(machine())) {
    EXPECT_FALSE(advice.why.empty()) << advice.id;
    EXPECT_FALSE(advice.risk.empty()) << advice.id;
    EXPECT_EQ(advice.writes.empty(), advice.state != State::change) << advice.id;
    if (advice.state == State::change || advice.state == State::reboot) {
      EXPECT_FALSE(advice.command.empty()) << advice.id;
    }
  }
}

TEST(Plan, ReadsTheKernelsCommandLine) {
  EXPECT_EQ(item(machine(), "isolcpus").state, State::good) << "flags before the CPUs do not matter";
  EXPECT_EQ(item(machine(), "nohz-full").state, State::reboot);
  EXPECT_EQ(item(machine(), "nohz-full").present, "1");
  EXPECT_EQ(item(machine(), "rcu-nocbs").present, "not set");
}

TEST(Plan, KeepsInterruptsAndWorkFromTheLatencyCpus) {
  const Advice irqs = item(machine(), "irq-affinity");
  ASSERT_EQ(irqs.writes.size(), 1U) << "one of the two is there already";
  EXPECT_EQ(irqs.writes[0].path, "proc/irq/9/smp_affinity_list");
  EXPECT_EQ(irqs.writes[0].value, "0-1");
  EXPECT_EQ(item(machine(), "workqueues").advised, "3");
}

TEST(Plan, OnlyStatesThatTakeLongAreSwitchedOff) {
  const Advice idle = item(machine(), "idle-states");
  ASSERT_EQ(idle.writes.size(), 1U);
  EXPECT_EQ(idle.writes[0].path, "sys/devices/system/cpu/cpu0/cpuidle/state1/disable");
}

TEST(Plan, WithOneCpuNothingIsKeptFromIt) {
  Facts facts = machine();
  facts.online = {0};
  facts.latency = {};
  EXPECT_EQ(item(facts, "isolcpus").state, State::absent);
  EXPECT_EQ(item(facts, "irq-affinity").state, State::absent);
  EXPECT_NE(item(facts, "rt-throttling", {{"rt-throttling", "-1"}}).refusal, "");
}

TEST(Plan, RefusesWhatCanHangTheMachine) {
  Facts facts = machine();
  const std::map<std::string, std::string> off{{"rt-throttling", "-1"}};
  EXPECT_EQ(item(facts, "rt-throttling").state, State::good) << "nobody is advised to switch it off";
  EXPECT_EQ(item(facts, "rt-throttling", off).refusal, "");
  facts.realtime = {{10, "spinner", {3}}};
  EXPECT_EQ(item(facts, "rt-throttling", off).refusal, "") << "three CPUs are left to the others";
  facts.realtime.push_back({11, "second", {0, 1, 2}});
  EXPECT_NE(item(facts, "rt-throttling", off).refusal.find("second, pid 11"), std::string::npos)
      << "together they may take every CPU";
  facts.realtime = {{12, "unpinned", facts.online}};
  EXPECT_NE(item(facts, "rt-throttling", off).refusal, "");
}

TEST(Plan, RefusesValuesThatCannotBe) {
  EXPECT_THROW(make_plan(machine(), {{"irq-affinity", "4"}}), std::invalid_argument) << "offline";
  EXPECT_THROW(make_plan(machine(), {{"irq-affinity", "many"}}), std::invalid_argument);
  EXPECT_THROW(make_plan(machine(), {{"isolcpus", "1"}}), std::invalid_argument) << "takes no value";
  EXPECT_THROW(make_plan(machine(), {{"nothing", "1"}}), std::invalid_argument);
  EXPECT_EQ(item(machine(), "irq-affinity", {{"irq-affinity", "3"}}).writes.size(), 2U);
  Facts all = machine();
  all.latency = all.online;
  EXPECT_THROW(check_latency_cpus(all), std::invalid_argument) << "no CPU for the rest of the system";
  all.latency = {7};
  EXPECT_THROW(check_latency_cpus(all), std::invalid_argument);
}

// A little machine in a directory that goes with the test.
class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string pattern = (fs::temp_directory_path() / "lln-tune-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    put("sys/devices/system/cpu/online", "0-1");
    put("proc/sys/vm/swappiness", "60");
    put("proc/sys/vm/stat_interval", "1");
  }
  ~OnDisk() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
  }
  std::string get(const std::string& path) { return Tree(root_).read(path).value_or("unreadable"); }
  fs::path journal() { return root_ / "journal"; }
  Advice advice(const std::string& id) { return item(probe(Tree(root_), ""), id); }

  fs::path root_;
};

TEST_F(OnDisk, FindsRealtimeThreadsAndDaemons) {
  const auto stat = [](const std::string& pid, const std::string& name, const std::string& flags,
                       const std::string& policy) {
    std::string text = pid + " (" + name + ") S 1 1 1 0 -1 " + flags;
    for (int field = 10; field <= 40; ++field) text += " 0";
    return text + " " + policy;
  };
  put("proc/10/stat", stat("10", "a) (spinner", "4194304", "1"));
  put("proc/10/status", "Name:\tspinner\nCpus_allowed_list:\t1\n");
  put("proc/11/stat", stat("11", "migration/0", "2097152", "1"));
  put("proc/12/stat", stat("12", "irqbalance", "4194304", "0"));
  put("proc/13/stat", stat("13", "round", "4194304", "2"));
  put("proc/14/stat", "14 (cut");
  const Facts facts = probe(Tree(root_), "");
  ASSERT_EQ(facts.realtime.size(), 2U) << "kernel threads have their reasons";
  EXPECT_EQ(facts.realtime[0].name, "a) (spinner");
  EXPECT_EQ(facts.realtime[0].cpus, (Cpus{1}));
  EXPECT_EQ(facts.realtime[1].cpus, facts.online) << "unknown is taken as the worst";
  EXPECT_TRUE(facts.irqbalance);
  EXPECT_EQ(facts.latency, (Cpus{1})) << "the last CPU";
  EXPECT_THROW(probe(Tree(root_), "0-1"), std::invalid_argument);
  EXPECT_THROW(probe(Tree(root_ / "nowhere"), ""), std::invalid_argument);
}

TEST_F(OnDisk, AppliesAndUndoes) {
  {
    Journal kept(journal());
    EXPECT_EQ(apply(advice("swappiness"), Tree(root_), kept).kind, Outcome::Kind::done);
    EXPECT_EQ(apply(advice("vm-stat"), Tree(root_), kept).kind, Outcome::Kind::done);
    EXPECT_EQ(apply(advice("vm-stat"), Tree(root_), kept).kind, Outcome::Kind::nothing_to_do);
    EXPECT_EQ(apply(advice("isolcpus"), Tree(root_), kept).kind, Outcome::Kind::refused);
    EXPECT_EQ(apply(advice("thp"), Tree(root_), kept).kind, Outcome::Kind::refused);
    EXPECT_EQ(kept.entries().size(), 2U);
  }
  EXPECT_EQ(get("proc/sys/vm/swappiness"), "1");
  EXPECT_EQ(get("proc/sys/vm/stat_interval"), "120");
  Journal kept(journal());
  EXPECT_EQ(undo(Tree(root_), kept).size(), 2U);
  EXPECT_EQ(get("proc/sys/vm/swappiness"), "60");
  EXPECT_EQ(get("proc/sys/vm/stat_interval"), "1");
  EXPECT_FALSE(fs::exists(journal()));
  EXPECT_TRUE(undo(Tree(root_), kept).empty()) << "twice is harmless";
}

TEST_F(OnDisk, TheLatestChangeIsUndoneFirst) {
  Journal kept(journal());
  const std::string path = "proc/sys/vm/swappiness";
  ASSERT_EQ(apply(advice("swappiness"), Tree(root_), kept).kind, Outcome::Kind::done);
  const Advice again = item(probe(Tree(root_), ""), "swappiness", {{"swappiness", "30"}});
  ASSERT_EQ(apply(again, Tree(root_), kept).kind, Outcome::Kind::done);
  undo(Tree(root_), kept);
  EXPECT_EQ(get(path), "60");
  EXPECT_FALSE(fs::exists(journal()));
}

TEST_F(OnDisk, AJournalWithoutAWholeLineGoes) {
  Journal kept(journal());
  for (const char* const left : {"", "{\"item\":\"swap"}) {
    std::ofstream(journal()) << left;
    EXPECT_TRUE(undo(Tree(root_), kept).empty());
    EXPECT_FALSE(fs::exists(journal())) << "its writer was killed after: " << left;
  }
}

TEST_F(OnDisk, AChangeThatWasOnlyWrittenDownIsNone) {
  Journal kept(journal());
  kept.append({"swappiness", "proc/sys/vm/swappiness", "60", "1"});  // and here the power failed
  const auto outcomes = undo(Tree(root_), kept);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].kind, Outcome::Kind::nothing_to_do);
  EXPECT_EQ(get("proc/sys/vm/swappiness"), "60");
  EXPECT_FALSE(fs::exists(journal()));
}

TEST_F(OnDisk, HalfALineIsNoEntry) {
  {
    Journal kept(journal());
    kept.append({"vm-stat", "proc/sys/vm/stat_interval", "1", "120"});
  }
  std::ofstream(journal(), std::ios::app) << R"({"item":"swappiness","path":"proc/s)";
  Journal kept(journal());
  EXPECT_EQ(kept.entries().size(), 1U);
  kept.append({"thp", "x", "a", "b"});
  ASSERT_EQ(kept.entries().size(), 2U) << "a new entry does not grow together with half an old one";
  EXPECT_EQ(kept.entries()[1].item, "thp");
}

TEST_F(OnDisk, WhatSomebodyElseChangedIsLeftAlone) {
  Journal kept(journal());
  ASSERT_EQ(apply(advice("swappiness"), Tree(root_), kept).kind, Outcome::Kind::done);
  ASSERT_EQ(apply(advice("vm-stat"), Tree(root_), kept).kind, Outcome::Kind::done);
  put("proc/sys/vm/swappiness", "45");
  const auto outcomes = undo(Tree(root_), kept);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].kind, Outcome::Kind::changed_by_others);
  EXPECT_EQ(get("proc/sys/vm/swappiness"), "45");
  EXPECT_EQ(get("proc/sys/vm/stat_interval"), "1") << "the others are undone all the same";
  ASSERT_EQ(kept.entries().size(), 1U) << "and it is not forgotten";
  put("proc/sys/vm/swappiness", "60");
  undo(Tree(root_), kept);
  EXPECT_FALSE(fs::exists(journal()));
}

TEST_F(OnDisk, AFileThatRefusesDoesNotStopTheOthers) {
  put("proc/irq/1/smp_affinity_list", "0-1");
  put("proc/irq/3/smp_affinity_list", "0-1");
  Advice irqs = advice("irq-affinity");
  irqs.writes.insert(irqs.writes.begin() + 1, {"proc/irq/2/smp_affinity_list", "0"});  // there is none
  Journal kept(journal());
  const Outcome outcome = apply(irqs, Tree(root_), kept);
  EXPECT_EQ(outcome.kind, Outcome::Kind::failed);
  EXPECT_TRUE(outcome.sentence.starts_with("2 of 3 done; ")) << outcome.sentence;
  EXPECT_EQ(get("proc/irq/3/smp_affinity_list"), "0");
}

TEST_F(OnDisk, AJournalIsAPlainFile) {
  fs::create_directories(root_ / "directory/journal");
  EXPECT_THROW(Journal(root_ / "directory/journal"), std::runtime_error);
  EXPECT_THROW(Journal("/dev/full"), std::runtime_error);
  EXPECT_TRUE(Journal::read("/dev/zero").empty()) << "and it is not read for ever";
}

TEST_F(OnDisk, TwoAtOnceIsOneTooMany) {
  const Journal first(journal());
  EXPECT_THROW(Journal second(journal()), std::runtime_error);
}

}  // namespace
