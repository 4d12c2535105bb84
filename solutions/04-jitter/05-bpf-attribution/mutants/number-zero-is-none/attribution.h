// mutant: spans asan: interrupt 0 and softirq 0 count as none
#pragma once

#include <events.h>

#ifdef __cplusplus
inline const char* lln_attribution_file() { return __FILE__; }  // the tests hand it to clang
#endif

LLN_INLINE void lln_note(struct lln_state* state, const struct lln_event* event) {
  struct lln_span span = {state->since, event->time, LLN_NOBODY, 0};
  if (state->irq > 0) {
    span.kind = LLN_IRQ;
    span.id = (__u32)state->irq;
  } else if (state->softirq > 0) {
    span.kind = LLN_SOFTIRQ;
    span.id = (__u32)state->softirq;
  } else if (state->task != state->watched) {
    span.kind = LLN_TASK;
    span.id = state->task;
  }
  if (span.kind != LLN_NOBODY && span.end > span.begin) {
    state->spans[state->count % LLN_SPANS] = span;  // the remainder is all that the verifier has to see
    state->count++;
  }
  state->since = event->time;
  switch (event->kind) {
    case LLN_SWITCH:
      state->task = event->id;
      break;
    case LLN_IRQ_ENTRY:
      state->irq = (__s32)event->id;
      break;
    case LLN_IRQ_EXIT:
      state->irq = -1;
      break;
    case LLN_SOFTIRQ_ENTRY:
      state->softirq = (__s32)event->id;
      break;
    case LLN_SOFTIRQ_EXIT:
      state->softirq = -1;
      break;
    case LLN_FAULT:
      state->last_fault = event->time;
      break;
    default:
      break;
  }
}

// What a span has in common with the gap, in ns.
LLN_INLINE __u64 lln_shared(const struct lln_span* span, __u64 start, __u64 end) {
  const __u64 begin = span->begin > start ? span->begin : start;
  const __u64 finish = span->end < end ? span->end : end;
  return finish > begin ? finish - begin : 0;
}

LLN_INLINE void lln_judge(const struct lln_state* state, __u64 start, __u64 end,
                          struct lln_verdict* verdict) {
  const __u32 kept = state->count < LLN_SPANS ? (__u32)state->count : LLN_SPANS;
  __u64 rest = end - start;
  __u64 best = 0;
  __u32 kind = LLN_UNKNOWN;
  __u32 id = 0;
  for (__u32 i = 0; i < LLN_SPANS; ++i) {
    if (i >= kept) break;
    const struct lln_span* span = &state->spans[i];
    __u64 sum = 0;
    for (__u32 j = 0; j < LLN_SPANS; ++j) {
      const struct lln_span* other = &state->spans[j];
      if (j < kept && other->kind == span->kind && other->id == span->id)
        sum += lln_shared(other, start, end);
    }
    if (sum > best) {
      best = sum;
      kind = span->kind;
      id = span->id;
    }
    rest -= lln_shared(span, start, end);
  }
  if (rest > best) {
    const int faulted = state->last_fault >= start && state->last_fault < end;
    best = rest;
    kind = faulted ? LLN_PAGE_FAULT : LLN_UNKNOWN;
    id = 0;
  }
  verdict->kind = kind;
  verdict->id = id;
  verdict->ns = best;
  verdict->complete = state->count <= LLN_SPANS || state->spans[state->count % LLN_SPANS].begin <= start;
}
