/* What the BPF programs of lln-whodunit write and the attribution reads: one tracepoint that was passed on the CPU that
   is watched. C and C++; the layout is fixed by the static_assert in attribution.hpp. */
#pragma once

#include <linux/types.h>

enum lln_trace_kind {
  LLN_TRACE_SWITCH,        /* id: the task that comes; previous: the one that goes; name: of the one that comes */
  LLN_TRACE_IRQ_ENTRY,     /* id: interrupt number; name: of its handler */
  LLN_TRACE_IRQ_EXIT,      /* id */
  LLN_TRACE_SOFTIRQ_ENTRY, /* id: vector */
  LLN_TRACE_SOFTIRQ_EXIT,  /* id */
  LLN_TRACE_TIMER_ENTRY,   /* the local timer's interrupt */
  LLN_TRACE_TIMER_EXIT,
  LLN_TRACE_HRTIMER,       /* a timer expires in it; address: of its function */
  LLN_TRACE_IPI_ENTRY,     /* an interrupt from another CPU or from this one; id: enum lln_trace_ipi */
  LLN_TRACE_IPI_EXIT,      /* id */
  LLN_TRACE_PAGE_FAULT     /* of user code; address: what was touched */
};

enum lln_trace_ipi { LLN_IPI_RESCHEDULE, LLN_IPI_CALL_FUNCTION, LLN_IPI_CALL_SINGLE, LLN_IPI_IRQ_WORK };

struct lln_trace_event {
  __u64 time;    /* CLOCK_MONOTONIC, ns */
  __u64 address;
  __u32 kind;
  __s32 id;
  __s32 previous;
  char name[16]; /* ends in 0 */
  __u32 unused;
};
