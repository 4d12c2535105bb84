/* Drops IPv4 frames from blocked networks and UDP datagrams to closed ports before the kernel has made anything of them.
   What it cannot read (another protocol, a fragment without ports, a frame cut short) passes: it blocks what it knows. */
#include "udp_headers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum { passed, from_blocked, to_closed, counters };

struct network {
  __u32 prefix_length;
  __u32 address; /* network order */
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 1024);
  __type(key, struct network);
  __type(value, __u8);
} blocked SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u16); /* host order */
  __type(value, __u8);
} closed SEC(".maps");

/* Of each CPU its own: nothing is shared, so nothing has to be atomic. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, counters);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

static __always_inline int count(__u32 what, int verdict) {
  __u64* counter = bpf_map_lookup_elem(&counts, &what);
  if (counter) ++*counter;
  return verdict;
}

// #region filter
SEC("xdp")
int filter(struct xdp_md* context) {
  struct iphdr* ip = ipv4_header(context);
  if (!ip) return count(passed, XDP_PASS);
  struct network from = {.prefix_length = 32, .address = ip->saddr};
  if (bpf_map_lookup_elem(&blocked, &from)) return count(from_blocked, XDP_DROP);
  struct udphdr* udp = udp_header(context, ip);
  if (!udp) return count(passed, XDP_PASS);
  __u16 port = bpf_ntohs(udp->dest);
  if (bpf_map_lookup_elem(&closed, &port)) return count(to_closed, XDP_DROP);
  return count(passed, XDP_PASS);
}
// #endregion filter
