// The program around xdp_filter.h: the test compiles it, loads it, and runs it with BPF_PROG_TEST_RUN. A whole tool would attach it
// to a device, and give each CPU a state of its own.
// bpf_helpers.h wants the types of the kernel before it.
// clang-format off
#include <xdp_filter.h>
#include <bpf/bpf_helpers.h>
// clang-format on

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct lln_feed);
} feeds SEC(".maps");

SEC("xdp")
int filter(struct xdp_md* frame) {
  __u32 first = 0;
  struct lln_feed* feed = bpf_map_lookup_elem(&feeds, &first);
  if (!feed) return XDP_ABORTED;
  return lln_filter((const __u8*)(long)frame->data, (const __u8*)(long)frame->data_end, feed);
}
