/* Where a frame's IPv4 header is and what comes after it, checked against the frame's end as the verifier demands. */
#pragma once

/* linux/bpf.h defines what the helpers' header takes for granted. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

/* 0 where the frame is no IPv4 or too short. */
static __always_inline struct iphdr* ipv4_header(struct xdp_md* context) {
  void* data = (void*)(long)context->data;
  void* end = (void*)(long)context->data_end;
  struct ethhdr* ethernet = data;
  struct iphdr* ip = (void*)(ethernet + 1);
  if ((void*)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP)) return 0;
  return ip;
}

/* 0 where it is no UDP, has IP options, or is a fragment (only the first one has ports). */
static __always_inline struct udphdr* udp_header(struct xdp_md* context, struct iphdr* ip) {
  void* end = (void*)(long)context->data_end;
  struct udphdr* udp = (void*)(ip + 1);
  if (ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP) return 0;
  if ((ip->frag_off & bpf_htons(0x3FFF)) != 0) return 0;
  if ((void*)(udp + 1) > end) return 0;
  return udp;
}
