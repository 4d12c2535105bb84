/* XdpSocket's part in the kernel: UDP frames for one port go to the AF_XDP socket of their queue, all others pass. */
#include "udp_headers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile __u16 port = 0; /* host order; 0: every port */

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 64); /* queues */
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

// #region redirect
SEC("xdp")
int to_socket(struct xdp_md* context) {
  struct iphdr* ip = ipv4_header(context);
  if (!ip) return XDP_PASS;
  struct udphdr* udp = udp_header(context, ip);
  if (!udp || (port != 0 && udp->dest != bpf_htons(port))) return XDP_PASS;
  return bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS); /* no socket there: pass */
}
// #endregion redirect
