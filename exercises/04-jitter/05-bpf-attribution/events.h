// What is seen on the CPU of a thread that spins, and what is remembered of it. The same for the program that runs in the
// kernel (C, no library, every loop bounded) and for the tests (C++).
#pragma once

#include <linux/types.h>

#define LLN_INLINE static inline __attribute__((always_inline, unused))

// A tracepoint of the kernel, each with the time and one number.
enum lln_event_kind {
  LLN_SWITCH = 1,     // sched_switch: the thread `id` runs now
  LLN_IRQ_ENTRY,      // irq_handler_entry: the handler of interrupt `id` begins
  LLN_IRQ_EXIT,       // irq_handler_exit
  LLN_SOFTIRQ_ENTRY,  // softirq_entry: `id` is its vector, 3 is received packets
  LLN_SOFTIRQ_EXIT,   // softirq_exit
  LLN_FAULT           // page_fault_user: the kernel tells when one begins and never when it is over
};

struct lln_event {
  __u64 time;  // ns
  __u32 kind;
  __u32 id;
};

enum lln_culprit_kind {
  LLN_NOBODY = 0,  // the watched thread itself
  LLN_TASK,        // `id`: thread
  LLN_IRQ,         // `id`: interrupt
  LLN_SOFTIRQ,     // `id`: vector
  LLN_PAGE_FAULT,  // `id`: 0
  LLN_UNKNOWN      // `id`: 0. Nobody whom this kernel knows: the hypervisor, the firmware
};

struct lln_span {
  __u64 begin;
  __u64 end;
  __u32 kind;
  __u32 id;
};

#define LLN_SPANS 16  // a power of two

struct lln_state {
  __u32 watched;                     // the thread
  __u32 task;                        // the thread that runs
  __s32 irq;                         // whose handler is running; -1: none
  __s32 softirq;                     // the vector that is being worked on; -1: none
  __u64 since;                       // time of the last event
  __u64 last_fault;                  // time of the last page fault; 0: none yet
  __u64 count;                       // spans since the beginning; the last LLN_SPANS of them are kept
  struct lln_span spans[LLN_SPANS];  // number n lies in spans[n % LLN_SPANS]
};

struct lln_verdict {
  __u32 kind;  // of the one who took most of the gap
  __u32 id;
  __u64 ns;        // that it took
  __u64 complete;  // 1; 0: spans that may belong to the gap have been overwritten
};
