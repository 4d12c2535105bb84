// Exercise 05-06: a filter in front of the stack. The brief is in README.md.
//
// C that is also C++: this file is compiled for the tests, and by clang for the kernel. There is no library, and the kernel's
// verifier must see that no byte is read outside [data, end), for whatever came from the wire.
#pragma once

#include <feed.h>

#ifdef __cplusplus
inline const char* lln_xdp_filter_file() { return __FILE__; }  // the tests hand it to clang
#endif

// One Ethernet frame, as it came. In this order:
//
// - Behind the two addresses up to two VLAN tags (types 0x8100 and 0x88a8, 4 bytes each), then the type. Not IPv4 (0x0800): other.
// - IPv4. Malformed: version not 4, a header of less than 20 bytes, a total length less than the header or more than the frame
//   has. A frame may have more: padding. A fragment (offset not 0, or more to come): other. Not UDP (17): other.
// - UDP. Malformed: fewer than 8 bytes within the total length. Not to the feed's address and port: other. Malformed: a length
//   less than 8, or more than the total length leaves.
// - The feed's. The payload, as long as UDP says, begins with the packet's number: 4 bytes. Malformed: fewer than these.
// - The first number is taken as it is. From then on numbers go on behind 0xffffffff with 0; one that is less than 2^31 ahead of
//   `next`, or `next` itself, is taken (what it passes over is lost), the others are old.
//
// A frame that ends within what is read here is malformed. XDP_DROP for what is malformed or old, XDP_PASS for all else.
LLN_INLINE int lln_filter(const __u8* data, const __u8* end, struct lln_feed* feed) {
  (void)data;  // TODO
  (void)end;
  (void)feed;
  return 41;
}
