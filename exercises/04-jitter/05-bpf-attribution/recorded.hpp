// Recorded events of the tests, and the words for verdicts.
#pragma once

#include <events.h>

#include <string>
#include <vector>

namespace lln::exercise {

constexpr __u32 watched_thread = 100;
constexpr const char* notes_on_attribution = "modules/04-jitter/README.md#attribution";

// The watched thread runs, nothing else is going on.
inline lln_state at_the_start(__u64 time) {
  lln_state state{};
  state.watched = watched_thread;
  state.task = watched_thread;
  state.irq = -1;
  state.softirq = -1;
  state.since = time;
  return state;
}

inline std::string told(const lln_verdict& verdict) {
  const char* const kinds[] = {"nobody", "thread", "interrupt", "softirq", "page fault", "unknown"};
  const std::string kind = verdict.kind < 6 ? kinds[verdict.kind] : "kind " + std::to_string(verdict.kind);
  return kind + ' ' + std::to_string(verdict.id) + ", " + std::to_string(verdict.ns) + " ns, " +
         (verdict.complete == 1   ? "complete"
          : verdict.complete == 0 ? "incomplete"
                                  : "neither complete nor not");
}

struct Recording {
  const char* name;
  std::vector<lln_event> events;
  __u64 start;
  __u64 end;
  const char* verdict;
};

// All begin at 1000 ns.
inline std::vector<Recording> recordings() {
  return {
      {"another thread",
       {{2000, LLN_SWITCH, 7}, {9000, LLN_SWITCH, 100}},
       1990,
       9010,
       "thread 7, 7000 ns, complete"},
      {"an interrupt, then its softirq, which is longer",
       {{2000, LLN_IRQ_ENTRY, 24},
        {2500, LLN_IRQ_EXIT, 24},
        {2600, LLN_SOFTIRQ_ENTRY, 3},
        {5600, LLN_SOFTIRQ_EXIT, 3}},
       1900,
       5700,
       "softirq 3, 3000 ns, complete"},
      {"an interrupt within a softirq",
       {{2000, LLN_SOFTIRQ_ENTRY, 3},
        {2400, LLN_IRQ_ENTRY, 24},
        {4400, LLN_IRQ_EXIT, 24},
        {4900, LLN_SOFTIRQ_EXIT, 3}},
       1900,
       5000,
       "interrupt 24, 2000 ns, complete"},
      {"a softirq in a thread of its own",
       {{2000, LLN_SWITCH, 15},
        {2100, LLN_SOFTIRQ_ENTRY, 3},
        {8100, LLN_SOFTIRQ_EXIT, 3},
        {8200, LLN_SWITCH, 100}},
       1900,
       8300,
       "softirq 3, 6000 ns, complete"},
      {"an interrupt three times, and a thread once that was longer than each",
       {{2000, LLN_IRQ_ENTRY, 24},
        {2400, LLN_IRQ_EXIT, 24},
        {2500, LLN_SWITCH, 7},
        {3100, LLN_SWITCH, 100},
        {3200, LLN_IRQ_ENTRY, 24},
        {3600, LLN_IRQ_EXIT, 24},
        {3700, LLN_IRQ_ENTRY, 24},
        {4100, LLN_IRQ_EXIT, 24}},
       1900,
       4200,
       "interrupt 24, 1200 ns, complete"},
      {"two threads, one behind the other",
       {{2000, LLN_SWITCH, 7}, {3000, LLN_SWITCH, 8}, {4500, LLN_SWITCH, 100}},
       1900,
       4600,
       "thread 8, 1500 ns, complete"},
      {"a long interrupt before the gap, and a short one in it",
       {{1100, LLN_IRQ_ENTRY, 9},
        {5000, LLN_IRQ_EXIT, 9},
        {6000, LLN_IRQ_ENTRY, 24},
        {6700, LLN_IRQ_EXIT, 24}},
       5950,
       6800,
       "interrupt 24, 700 ns, complete"},
      {"one that reaches over both ends of the gap",
       {{1500, LLN_SWITCH, 7}, {9000, LLN_SWITCH, 100}},
       2000,
       5000,
       "thread 7, 3000 ns, complete"},
      {"a page fault, in which an interrupt comes",
       {{2000, LLN_FAULT, 0}, {2500, LLN_IRQ_ENTRY, 24}, {2900, LLN_IRQ_EXIT, 24}},
       1950,
       4950,
       "page fault 0, 2600 ns, complete"},
      {"a page fault before the gap, nothing in it",
       {{2000, LLN_FAULT, 0}},
       2500,
       6500,
       "unknown 0, 4000 ns, complete"},
      {"a page fault, and a thread that takes longer",
       {{2000, LLN_FAULT, 0}, {2100, LLN_SWITCH, 7}, {9100, LLN_SWITCH, 100}},
       1950,
       9200,
       "thread 7, 7000 ns, complete"},
      {"nothing at all: the hypervisor, perhaps", {}, 2000, 9000, "unknown 0, 7000 ns, complete"},
      {"a short interrupt, and nobody for the rest",
       {{2000, LLN_IRQ_ENTRY, 24}, {2300, LLN_IRQ_EXIT, 24}},
       1900,
       9000,
       "unknown 0, 6800 ns, complete"},
  };
}

// `count` spans of 100 ns, of threads 1, 2, 3 and so on; the first begins at 2000, and every 1000 ns the next.
inline std::vector<lln_event> one_after_another(__u32 count) {
  std::vector<lln_event> events;
  for (__u32 i = 0; i < count; ++i) {
    events.push_back({2000 + 1000 * i, LLN_SWITCH, 1 + i});
    events.push_back({2100 + 1000 * i, LLN_SWITCH, watched_thread});
  }
  return events;
}

}  // namespace lln::exercise
