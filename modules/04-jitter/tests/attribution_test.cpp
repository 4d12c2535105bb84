// Streams of events as the kernel writes them, and who is to blame.
#include <lln/jitter/attribution.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace lln::jitter {
namespace {

constexpr int spinner = 100;

TraceEvent event(std::uint64_t time, lln_trace_kind kind, int id = 0, const char* name = "",
                 int previous = 0) {
  TraceEvent result{};
  result.time = time;
  result.kind = kind;
  result.id = id;
  result.previous = previous;
  std::strncpy(result.name, name, sizeof result.name - 1);
  return result;
}

TraceEvent to_task(std::uint64_t time, int id, const char* name) {
  return event(time, LLN_TRACE_SWITCH, id, name, spinner);
}
TraceEvent to_spinner(std::uint64_t time) { return event(time, LLN_TRACE_SWITCH, spinner, "spin", 7); }

Attribution attribution_of(const std::vector<TraceEvent>& events, std::initializer_list<Interval> gaps,
                           std::uint64_t edge = 100) {
  const std::vector<Interval> list(gaps);
  const auto symbol = [](std::uint64_t address) { return address == 0xf00 ? "tick" : std::string(); };
  return attribute(events, list, {.thread = spinner, .edge_ns = edge, .symbol = symbol});
}

std::uint64_t lost(const Attribution& attribution, const std::string& name) {
  std::uint64_t sum = 0;
  for (const Culprit& culprit : attribution.culprits) {
    if (to_string(culprit.cause) == name) sum += culprit.lost_ns;
  }
  return sum;
}

std::uint64_t sum_of_slices(const Attribution& attribution) {
  std::uint64_t sum = 0;
  for (const AttributedGap& gap : attribution.gaps) {
    std::uint64_t at = gap.gap.start;
    for (const Slice& slice : gap.slices) {
      EXPECT_EQ(slice.start, at) << "no hole and no overlap";
      at = slice.end;
      sum += slice.end - slice.start;
    }
    EXPECT_EQ(at, gap.gap.end);
  }
  return sum;
}

TEST(Attribution, ATaskThatRan) {
  const auto a = attribution_of({to_task(1050, 7, "cc1plus"), to_spinner(5950)}, {{1000, 6000}});
  EXPECT_EQ(lost(a, "task cc1plus"), 5000U) << "with the switches on both sides";
  EXPECT_EQ(a.lost_ns, 5000U);
  EXPECT_EQ(a.culprits[a.ranking().at(0)].gaps, 1U);
  EXPECT_EQ(sum_of_slices(a), 5000U);
}

TEST(Attribution, TheInnermostContextIsCharged) {
  const auto a = attribution_of({to_task(1000, 7, "sshd"), event(1100, LLN_TRACE_IRQ_ENTRY, 27, "virtio"),
                                 event(1300, LLN_TRACE_IRQ_EXIT, 27), event(1300, LLN_TRACE_SOFTIRQ_ENTRY, 3),
                                 event(1400, LLN_TRACE_TIMER_ENTRY), event(1450, LLN_TRACE_TIMER_EXIT),
                                 event(2000, LLN_TRACE_SOFTIRQ_EXIT, 3), to_spinner(2500)},
                                {{1000, 2500}});
  EXPECT_EQ(lost(a, "task sshd"), 100U + 500U);
  EXPECT_EQ(lost(a, "interrupt 27 virtio"), 200U);
  EXPECT_EQ(lost(a, "softirq NET_RX"), 100U + 550U);
  EXPECT_EQ(lost(a, "timer interrupt"), 50U);
  EXPECT_EQ(sum_of_slices(a), 1500U);
}

TEST(Attribution, RanksByTimeLost) {
  const auto a = attribution_of({to_task(1000, 7, "little"), to_spinner(1100), to_task(2000, 8, "much"),
                                 to_spinner(4000), to_task(5000, 7, "little"), to_spinner(5100)},
                                {{1000, 1100}, {2000, 4000}, {5000, 5100}});
  const auto ranking = a.ranking();
  ASSERT_EQ(ranking.size(), 2U);
  EXPECT_EQ(a.culprits[ranking[0]].cause.name, "much");
  EXPECT_DOUBLE_EQ(a.share(a.culprits[ranking[0]]), 2000.0 / 2200);
  EXPECT_EQ(a.culprits[ranking[1]].gaps, 2U);
  EXPECT_EQ(a.culprits[ranking[1]].longest_ns, 100U);
}

TEST(Attribution, NothingHappenedSoNobodyOfTheKernelDidIt) {
  const auto a = attribution_of({}, {{1000, 9000}});
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 8000U);
}

TEST(Attribution, OnlyTheEdgesOfAGapBelongToWhatIsInIt) {
  const auto a = attribution_of({event(5000, LLN_TRACE_TIMER_ENTRY), event(6000, LLN_TRACE_TIMER_EXIT)},
                                {{1000, 6050}}, 100);
  EXPECT_EQ(lost(a, "timer interrupt"), 100U + 1000U + 50U);
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 3900U) << "the CPU was away before the interrupt came";
}

TEST(Attribution, TwoContextsShareWhatLiesBetweenThem) {
  const auto a =
      attribution_of({event(1000, LLN_TRACE_TIMER_ENTRY), event(1100, LLN_TRACE_TIMER_EXIT),
                      event(1160, LLN_TRACE_SOFTIRQ_ENTRY, 1), event(1300, LLN_TRACE_SOFTIRQ_EXIT, 1),
                      event(1900, LLN_TRACE_IPI_ENTRY, LLN_IPI_RESCHEDULE),
                      event(2000, LLN_TRACE_IPI_EXIT, LLN_IPI_RESCHEDULE)},
                     {{1000, 2000}}, 100);
  EXPECT_EQ(lost(a, "timer interrupt"), 130U);
  EXPECT_EQ(lost(a, "softirq TIMER"), 30U + 140U + 100U);
  EXPECT_EQ(lost(a, "inter-processor interrupt reschedule"), 200U);
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 400U);
}

TEST(Attribution, APageFaultOfTheThreadItself) {
  const auto a = attribution_of({event(1200, LLN_TRACE_PAGE_FAULT)}, {{1000, 3000}, {4000, 5000}});
  EXPECT_EQ(lost(a, "page fault"), 2000U);
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 1000U) << "a later gap has nothing to do with it";
}

TEST(Attribution, APageFaultOfAnotherTaskIsThatTask) {
  const auto a = attribution_of(
      {to_task(1000, 7, "cc1plus"), event(1200, LLN_TRACE_PAGE_FAULT), to_spinner(3000)}, {{1000, 3000}});
  EXPECT_EQ(lost(a, "task cc1plus"), 2000U);
}

TEST(Attribution, APageFaultOfAnotherTaskExplainsNothingElse) {
  const auto a =
      attribution_of({to_task(1000, 7, "cc1plus"), event(1200, LLN_TRACE_PAGE_FAULT), to_spinner(1500)},
                     {{1000, 3000}}, 100);
  EXPECT_EQ(lost(a, "task cc1plus"), 500U + 100U);
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 1400U);
}

TEST(Attribution, TheThreadItselfIsNoCulprit) {
  const auto a =
      attribution_of({to_task(1000, 7, "x"), to_spinner(1500), to_task(5000, 7, "x"), to_spinner(5100)},
                     {{1000, 1500}, {3000, 4000}, {5000, 5100}});
  EXPECT_EQ(lost(a, "task x"), 600U);
  EXPECT_EQ(lost(a, "unknown (hypervisor?)"), 1000U) << "it was on its CPU and yet away";
}

TEST(Attribution, ATimerInterruptIsNamedAfterItsFunction) {
  auto expiry = event(1100, LLN_TRACE_HRTIMER);
  expiry.address = 0xf00;
  const auto a = attribution_of(
      {event(1000, LLN_TRACE_TIMER_ENTRY), expiry, event(1500, LLN_TRACE_TIMER_EXIT)}, {{950, 1550}});
  EXPECT_EQ(lost(a, "timer interrupt tick"), 600U) << "from the interrupt's beginning on";
}

TEST(Attribution, LostEventsSpoilSlicesButNotTheSum) {
  // The exit of softirq 3 and the entry of irq 9 are missing.
  const auto a = attribution_of(
      {event(1000, LLN_TRACE_TIMER_ENTRY), event(1100, LLN_TRACE_SOFTIRQ_ENTRY, 3),
       event(1200, LLN_TRACE_TIMER_EXIT), event(1300, LLN_TRACE_IRQ_EXIT, 9), to_task(1400, 7, "x"),
       to_spinner(1500), event(1600, LLN_TRACE_SOFTIRQ_ENTRY, 3), to_task(1700, 7, "x"), to_spinner(1800)},
      {{1000, 1200}, {1400, 1500}, {1600, 1900}});
  EXPECT_EQ(sum_of_slices(a), 200U + 100U + 300U);
  EXPECT_EQ(lost(a, "task x"), 100U + 100U + 100U) << "a switch ends all handlers";
}

TEST(Attribution, WorkOutsideGapsCostsNothing) {
  const auto a = attribution_of({to_task(100, 7, "x"), to_spinner(900)}, {{1000, 1100}});
  EXPECT_EQ(lost(a, "task x"), 0U);
  EXPECT_EQ(a.ranking().size(), 1U) << "only who took something is ranked";
}

TEST(Attribution, AGapMayCutAContext) {
  const auto a = attribution_of({to_task(500, 7, "x"), to_spinner(3000)}, {{1000, 2000}, {2500, 2600}});
  EXPECT_EQ(lost(a, "task x"), 1100U);
  EXPECT_EQ(a.culprits[0].gaps, 2U);
}

}  // namespace
}  // namespace lln::jitter
