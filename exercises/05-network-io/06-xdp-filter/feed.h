// What the filter knows and counts, and how numbers stand in a packet. The same for the program that runs in the kernel (C, no
// library) and for the tests (C++).
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

#define LLN_INLINE static inline __attribute__((always_inline, unused))

struct lln_feed {
  __u32 group;  // the feed's address and port, in host order
  __u32 port;
  __u32 started;  // 1: `next` is known
  __u32 next;     // the number that the next packet should have
  // What was seen. Each packet counts once, in one of the first four.
  __u64 other;      // not the feed's
  __u64 malformed;  // shorter than its own headers say, or not what they say
  __u64 taken;      // the feed's, in its turn or after a gap
  __u64 old;        // the feed's, with a number that was passed already
  __u64 lost;       // numbers that were passed over
};

// Most significant byte first, at any address.
LLN_INLINE __u32 lln_be16(const __u8* at) { return (__u32)at[0] << 8 | at[1]; }
LLN_INLINE __u32 lln_be32(const __u8* at) { return lln_be16(at) << 16 | lln_be16(at + 2); }
