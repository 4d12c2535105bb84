// lln-whodunit in the kernel: writes down every tracepoint of one CPU that can take it from a thread.
//
// Tracepoints only (tp_btf): they exist where kprobes, fentry and hardware counters do not. Everything decided is
// decided in user space (attribution.hpp); here is nothing but filter, clock and copy. No event wakes anybody: waking
// the reader would be one more disturbance, so it looks by itself (BPF_RB_NO_WAKEUP).
#include <linux/bpf.h>

#include "../include/lln/jitter/detail/trace_event.h"
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile __u32 watched_cpu = 0;
__u64 lost = 0;  // events that found no room

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20);
} events SEC(".maps");

static __always_inline struct lln_trace_event* begin(__u32 kind, __s32 id) {
  struct lln_trace_event* event;
  if (bpf_get_smp_processor_id() != watched_cpu) return 0;
  event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) {
    lost++;  // this CPU only, so nothing else counts at the same time but an interrupt in between
    return 0;
  }
  event->time = bpf_ktime_get_ns();
  event->address = 0;
  event->kind = kind;
  event->id = id;
  event->previous = 0;
  event->name[0] = 0;
  event->unused = 0;
  return event;
}

static __always_inline void end(struct lln_trace_event* event) { bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP); }

static __always_inline int simple(__u32 kind, __s32 id) {
  struct lln_trace_event* event = begin(kind, id);
  if (event) end(event);
  return 0;
}

// #region switch
SEC("tp_btf/sched_switch")
int BPF_PROG(who_switch, _Bool preempt, struct task_struct* previous, struct task_struct* next) {
  struct lln_trace_event* event = begin(LLN_TRACE_SWITCH, 0);
  if (!event) return 0;
  event->id = next->pid;
  event->previous = previous->pid;
  bpf_probe_read_kernel_str(event->name, sizeof event->name, next->comm);
  end(event);
  return 0;
}
// #endregion switch

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(who_irq_in, int irq, struct irqaction* action) {
  struct lln_trace_event* event = begin(LLN_TRACE_IRQ_ENTRY, irq);
  if (!event) return 0;
  bpf_probe_read_kernel_str(event->name, sizeof event->name, action->name);
  end(event);
  return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(who_irq_out, int irq) { return simple(LLN_TRACE_IRQ_EXIT, irq); }

SEC("tp_btf/softirq_entry")
int BPF_PROG(who_soft_in, unsigned int vector) { return simple(LLN_TRACE_SOFTIRQ_ENTRY, (__s32)vector); }

SEC("tp_btf/softirq_exit")
int BPF_PROG(who_soft_out, unsigned int vector) { return simple(LLN_TRACE_SOFTIRQ_EXIT, (__s32)vector); }

SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(who_hrtimer, struct hrtimer* timer) {
  struct lln_trace_event* event = begin(LLN_TRACE_HRTIMER, 0);
  if (!event) return 0;
  if (bpf_core_field_exists(timer->function)) event->address = (__u64)timer->function;
  end(event);
  return 0;
}

// From here on: x86 only. Where the kernel has no such tracepoint, the program is not loaded.

SEC("tp_btf/local_timer_entry")
int BPF_PROG(who_timer_in) { return simple(LLN_TRACE_TIMER_ENTRY, 0); }

SEC("tp_btf/local_timer_exit")
int BPF_PROG(who_timer_out) { return simple(LLN_TRACE_TIMER_EXIT, 0); }

SEC("tp_btf/reschedule_entry")
int BPF_PROG(who_resched_in) { return simple(LLN_TRACE_IPI_ENTRY, LLN_IPI_RESCHEDULE); }

SEC("tp_btf/reschedule_exit")
int BPF_PROG(who_resched_out) { return simple(LLN_TRACE_IPI_EXIT, LLN_IPI_RESCHEDULE); }

SEC("tp_btf/call_function_entry")
int BPF_PROG(who_call_in) { return simple(LLN_TRACE_IPI_ENTRY, LLN_IPI_CALL_FUNCTION); }

SEC("tp_btf/call_function_exit")
int BPF_PROG(who_call_out) { return simple(LLN_TRACE_IPI_EXIT, LLN_IPI_CALL_FUNCTION); }

SEC("tp_btf/call_function_single_entry")
int BPF_PROG(who_single_in) { return simple(LLN_TRACE_IPI_ENTRY, LLN_IPI_CALL_SINGLE); }

SEC("tp_btf/call_function_single_exit")
int BPF_PROG(who_single_out) { return simple(LLN_TRACE_IPI_EXIT, LLN_IPI_CALL_SINGLE); }

SEC("tp_btf/irq_work_entry")
int BPF_PROG(who_work_in) { return simple(LLN_TRACE_IPI_ENTRY, LLN_IPI_IRQ_WORK); }

SEC("tp_btf/irq_work_exit")
int BPF_PROG(who_work_out) { return simple(LLN_TRACE_IPI_EXIT, LLN_IPI_IRQ_WORK); }

SEC("tp_btf/page_fault_user")
int BPF_PROG(who_fault, unsigned long address) {
  struct lln_trace_event* event = begin(LLN_TRACE_PAGE_FAULT, 0);
  if (!event) return 0;
  event->address = address;
  end(event);
  return 0;
}
