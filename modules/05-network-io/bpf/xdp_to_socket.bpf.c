/* XdpSocket's part in the kernel: the UDP frames that it asked for go to the AF_XDP socket of their queue, all others pass. */
#include "udp_headers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum { most_destinations = 16 };

/* Set before loading: to the verifier they are constants. */
const volatile __u16 port = 0; /* host order; 0: every port. Looked at when there are no destinations */
const volatile __u32 destination_count = 0;
const volatile __be32 addresses[most_destinations] = {};
const volatile __be16 ports[most_destinations] = {};
const volatile __be32 source = 0; /* 0: everybody */
const volatile __u8 stamps = 0;

/* Set once by a device that has no room in front of its frames. */
__u8 no_room = 0;

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 64); /* queues */
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

static __always_inline int wanted(const struct iphdr* ip, const struct udphdr* udp) {
  if (source != 0 && ip->saddr != source) return 0;
  if (destination_count == 0) return port == 0 || udp->dest == bpf_htons(port);
  for (__u32 i = 0; i < most_destinations; ++i) {
    if (i >= destination_count) break;
    if (ip->daddr == addresses[i] && udp->dest == ports[i]) return 1;
  }
  return 0;
}

/* The time of day (as TAI) in the 8 bytes in front of the frame; they are copied with it. */
static __always_inline void stamp(struct xdp_md* context) {
  if (bpf_xdp_adjust_meta(context, -(int)sizeof(__u64)) != 0) {
    no_room = 1;
    return;
  }
  __u64* meta = (void*)(long)context->data_meta;
  if ((void*)(meta + 1) <= (void*)(long)context->data) *meta = bpf_ktime_get_tai_ns();
}

// #region redirect
SEC("xdp")
int to_socket(struct xdp_md* context) {
  struct iphdr* ip = ipv4_header(context);
  if (!ip) return XDP_PASS;
  struct udphdr* udp = udp_header(context, ip);
  if (!udp || !wanted(ip, udp)) return XDP_PASS;
  if (stamps) stamp(context);
  return bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS); /* no socket there: pass */
}
// #endregion redirect
