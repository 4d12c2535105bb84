// Spans and verdicts on recorded events, in this program.
#include <lln/testkit/testkit.hpp>

#include <attribution.h>
#include <recorded.hpp>

namespace attribution_test {
namespace {

using lln::exercise::notes_on_attribution;
using lln::exercise::one_after_another;
using lln::exercise::Recording;
using lln::exercise::told;
using lln::testkit::Story;

lln_state after(const std::vector<lln_event>& events) {
  lln_state state = lln::exercise::at_the_start(1000);
  for (const lln_event& event : events) lln_note(&state, &event);
  return state;
}

std::string verdict_on(const std::vector<lln_event>& events, __u64 start, __u64 end) {
  const lln_state state = after(events);
  lln_verdict verdict{};
  lln_judge(&state, start, end, &verdict);
  return told(verdict);
}

// ---- spans ----

std::string spans(const lln_state& state) {
  std::string text;
  for (__u64 i = 0; i < state.count && i < LLN_SPANS; ++i) {
    const lln_span& span = state.spans[i];
    const lln_verdict as_verdict{span.kind, span.id, span.end - span.begin, 1};
    const std::string words = told(as_verdict);
    text += std::to_string(span.begin) + ": " + words.substr(0, words.rfind(',')) + "; ";
  }
  return text;
}

TEST(Spans, BelongToTheInnermost) {
  Story story("a thread runs, a softirq comes in it, and an interrupt in that");
  story.notes(notes_on_attribution).think("three are going on at once: whose is the time?");
  const lln_state state = after({{2000, LLN_SWITCH, 7},
                                 {2100, LLN_SOFTIRQ_ENTRY, 3},
                                 {2300, LLN_IRQ_ENTRY, 24},
                                 {2600, LLN_IRQ_EXIT, 24},
                                 {3000, LLN_SOFTIRQ_EXIT, 3},
                                 {3500, LLN_SWITCH, 100}});
  story.expect(spans(state))
      .equals(
          "2000: thread 7, 100 ns; 2100: softirq 3, 200 ns; 2300: interrupt 24, 300 ns; "
          "2600: softirq 3, 400 ns; 3000: thread 7, 500 ns; ")
      .named("the spans");
}

TEST(Spans, OfNobodyAndOfNothingAreNone) {
  Story story("interrupt 0 and softirq 0 come while the watched thread runs; two events have the same time");
  story.notes(notes_on_attribution).think("which number means that there is none?");
  const lln_state state = after({{2000, LLN_IRQ_ENTRY, 0},
                                 {2100, LLN_IRQ_EXIT, 0},
                                 {2100, LLN_SOFTIRQ_ENTRY, 0},
                                 {2100, LLN_IRQ_ENTRY, 24},
                                 {2200, LLN_IRQ_EXIT, 24},
                                 {2500, LLN_SOFTIRQ_EXIT, 0},
                                 {9000, LLN_FAULT, 0}});
  story.expect(spans(state))
      .equals("2000: interrupt 0, 100 ns; 2100: interrupt 24, 100 ns; 2200: softirq 0, 300 ns; ")
      .named("the spans");
  story.expect(state.last_fault).equals(9000U).named("the last page fault").units("ns");
}

TEST(Spans, AnExitWithoutItsEntry) {
  Story story("the watching begins within an interrupt");
  story.notes(notes_on_attribution);
  const lln_state state = after({{2000, LLN_IRQ_EXIT, 24}, {2500, LLN_SWITCH, 7}, {2900, LLN_SWITCH, 100}});
  story.expect(spans(state)).equals("2500: thread 7, 400 ns; ").named("the spans");
}

// ---- verdicts ----

TEST(Verdicts, OnRecordedEvents) {
  Story story("recorded events, and a gap");
  story.notes(notes_on_attribution).think("what do the culprit's spans share with the gap, all together?");
  for (const Recording& recording : lln::exercise::recordings()) {
    story.step(recording.name);
    story.expect(verdict_on(recording.events, recording.start, recording.end))
        .equals(recording.verdict)
        .named("the verdict");
  }
}

// ---- memory ----

TEST(Memory, TheLastSixteenAreKept) {
  Story story("16 spans fit; the 17th takes the place of the first, and so on");
  story.notes(notes_on_attribution);
  story.expect(verdict_on(one_after_another(16), 1950, 2150))
      .equals("thread 1, 100 ns, complete")
      .named("the first");
  story.step("40 spans");
  story.expect(verdict_on(one_after_another(40), 40'950, 41'150))
      .equals("thread 40, 100 ns, complete")
      .named("the last");
  story.expect(verdict_on(one_after_another(40), 26'000, 26'100))
      .equals("thread 25, 100 ns, complete")
      .named("the oldest that is kept");
}

TEST(Memory, SaysWhenItIsTooShort) {
  Story story("40 spans, and a gap of which some are forgotten");
  story.notes(notes_on_attribution)
      .think("nothing that you remember was in the gap: does it follow that nothing was?");
  story.expect(verdict_on(one_after_another(40), 24'950, 25'050))
      .equals("unknown 0, 100 ns, incomplete")
      .named("a gap that is forgotten");
  story.expect(verdict_on(one_after_another(40), 25'999, 26'099))
      .equals("thread 25, 99 ns, incomplete")
      .named("a gap that begins before the oldest span");
  story.expect(verdict_on(one_after_another(17), 3000, 3100))
      .equals("thread 2, 100 ns, complete")
      .named("a gap that begins with the oldest span");
}

}  // namespace
}  // namespace attribution_test
