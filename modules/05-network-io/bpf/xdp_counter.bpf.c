/* Counts frames and bytes by kind and lets all of them pass. */
#include "udp_headers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum { udp, tcp, other_ipv4, ipv6, arp, other, kinds }; /* as XdpCounter::Kind */

struct amount {
  __u64 frames;
  __u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, kinds);
  __type(key, __u32);
  __type(value, struct amount);
} amounts SEC(".maps");

static __always_inline __u32 kind_of(struct xdp_md* context) {
  void* end = (void*)(long)context->data_end;
  struct ethhdr* ethernet = (void*)(long)context->data;
  struct iphdr* ip = ipv4_header(context);
  if (ip) return ip->protocol == IPPROTO_UDP ? udp : ip->protocol == IPPROTO_TCP ? tcp : other_ipv4;
  if ((void*)(ethernet + 1) > end) return other;
  if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) return ipv6;
  if (ethernet->h_proto == bpf_htons(ETH_P_ARP)) return arp;
  return other;
}

SEC("xdp")
int count(struct xdp_md* context) {
  __u32 kind = kind_of(context);
  struct amount* amount = bpf_map_lookup_elem(&amounts, &kind);
  if (amount) {
    amount->frames += 1;
    amount->bytes += context->data_end - context->data;
  }
  return XDP_PASS;
}
