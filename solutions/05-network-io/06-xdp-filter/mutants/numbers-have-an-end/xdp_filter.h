// mutant: numbers release: what is smaller is old
#pragma once

#include <feed.h>

#ifdef __cplusplus
inline const char* lln_xdp_filter_file() { return __FILE__; }  // the tests hand it to clang
#endif

LLN_INLINE int lln_malformed(struct lln_feed* feed) {
  feed->malformed++;
  return XDP_DROP;
}

LLN_INLINE int lln_other(struct lln_feed* feed) {
  feed->other++;
  return XDP_PASS;
}

LLN_INLINE int lln_numbered(struct lln_feed* feed, __u32 number) {
  const __s64 ahead = feed->started ? (__s64)number - feed->next : 0;
  if (ahead < 0) {
    feed->old++;
    return XDP_DROP;
  }
  feed->started = 1;
  feed->next = number + 1;
  feed->lost += (__u64)ahead;
  feed->taken++;
  return XDP_PASS;
}

LLN_INLINE int lln_filter(const __u8* data, const __u8* end, struct lln_feed* feed) {
  const __u8* type = data + 12;
  if (type + 2 > end) return lln_malformed(feed);
  for (int tag = 0; tag < 2; ++tag) {
    if (lln_be16(type) != 0x8100 && lln_be16(type) != 0x88a8) break;
    type += 4;
    if (type + 2 > end) return lln_malformed(feed);
  }
  if (lln_be16(type) != 0x0800) return lln_other(feed);

  const __u8* const ip = type + 2;
  if (ip + 20 > end) return lln_malformed(feed);
  const __u32 header = 4 * (ip[0] & 15u);  // at most 60: the verifier sees the mask
  const __u32 total = lln_be16(ip + 2);
  // For the packet's sake, as numbers. The verifier learns nothing from it.
  if (ip[0] >> 4 != 4 || header < 20 || total < header || total > (__u64)(end - ip))
    return lln_malformed(feed);
  if ((lln_be16(ip + 6) & 0x3fff) != 0) return lln_other(feed);  // more fragments, or an offset
  if (ip[9] != 17) return lln_other(feed);

  const __u8* const udp = ip + header;
  if (total - header < 8 || udp + 8 > end) return lln_malformed(feed);
  if (lln_be32(ip + 16) != feed->group || lln_be16(udp + 2) != feed->port) return lln_other(feed);
  const __u32 length = lln_be16(udp + 4);
  if (length < 8 || length > total - header) return lln_malformed(feed);

  const __u8* const payload = udp + 8;
  if (length < 8 + 4 || payload + 4 > end) return lln_malformed(feed);
  return lln_numbered(feed, lln_be32(payload));
}
