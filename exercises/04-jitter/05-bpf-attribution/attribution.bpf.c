// The program around attribution.h: the test compiles it, loads it, and runs it with BPF_PROG_TEST_RUN. A whole tool would
// attach such programs to the tracepoints, as lln-whodunit does.
#include <attribution.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct lln_state);
} states SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct lln_verdict);
} verdicts SEC(".maps");

// Arguments: time, kind, id.
SEC("raw_tp")
int note(struct bpf_raw_tracepoint_args* given) {
  __u32 first = 0;
  struct lln_state* state = bpf_map_lookup_elem(&states, &first);
  struct lln_event event = {given->args[0], (__u32)given->args[1], (__u32)given->args[2]};
  if (state) lln_note(state, &event);
  return 0;
}

// Arguments: start, end.
SEC("raw_tp")
int judge(struct bpf_raw_tracepoint_args* given) {
  __u32 first = 0;
  struct lln_state* state = bpf_map_lookup_elem(&states, &first);
  struct lln_verdict* verdict = bpf_map_lookup_elem(&verdicts, &first);
  if (state && verdict) lln_judge(state, given->args[0], given->args[1], verdict);
  return 0;
}
