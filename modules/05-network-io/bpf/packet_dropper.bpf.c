/* Drops the share of an interface's IPv4 packets that a seed says: those that Impairment, in user space, would lose. */
/* linux/bpf.h defines what the helpers' header takes for granted. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../include/lln/net/detail/seeded_draw.h"
/* clang-format on */

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile __u64 seed = 0;
const volatile __u64 lost_below = 0; /* of 2^53 */
const volatile __u16 port = 0;       /* UDP destination, host order; 0: every IPv4 packet */

/* Packets are numbered in the order in which they come, on whatever CPU. */
struct counts {
  struct bpf_spin_lock lock;
  __u64 seen;
  __u64 dropped;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct counts);
} counts SEC(".maps");

static __always_inline int is_ours(struct __sk_buff* packet) {
  struct iphdr ip;
  struct udphdr udp;
  if (packet->protocol != bpf_htons(ETH_P_IP)) return 0;
  if (port == 0) return 1;
  if (bpf_skb_load_bytes(packet, ETH_HLEN, &ip, sizeof ip) != 0) return 0;
  /* Of a datagram in fragments only the first has ports: it is dropped with it, and the rest is nothing. */
  if (ip.protocol != IPPROTO_UDP || (ip.frag_off & bpf_htons(0x1FFF)) != 0) return 0;
  if (bpf_skb_load_bytes(packet, ETH_HLEN + ip.ihl * 4, &udp, sizeof udp) != 0) return 0;
  return udp.dest == bpf_htons(port);
}

// #region drop
SEC("tc")
int drop(struct __sk_buff* packet) {
  __u32 only = 0;
  struct counts* count = bpf_map_lookup_elem(&counts, &only);
  if (!count || !is_ours(packet)) return TC_ACT_UNSPEC;
  bpf_spin_lock(&count->lock);
  __u64 number = count->seen++;
  bpf_spin_unlock(&count->lock);
  if (lln_seeded_draw(seed, 0, number) >> 11 >= lost_below) return TC_ACT_UNSPEC;
  __sync_fetch_and_add(&count->dropped, 1);
  return TC_ACT_SHOT;
}
// #endregion drop
