// Frames for the tests, and the words for what became of them.
#pragma once

#include <feed.h>

#include <cstddef>
#include <string>
#include <vector>

namespace lln::exercise {

constexpr const char* notes_on_xdp = "modules/05-network-io/README.md#around-the-kernel";

using Bytes = std::vector<__u8>;

inline void put16(Bytes& to, unsigned value) {
  to.push_back(static_cast<__u8>(value >> 8));
  to.push_back(static_cast<__u8>(value));
}
inline void put32(Bytes& to, unsigned value) {
  put16(to, value >> 16);
  put16(to, value & 0xffff);
}

// A frame of the feed, unless a field says otherwise. Lengths that are 0 are made right.
struct Frame {
  std::vector<unsigned> tags{};  // types of VLAN tags
  unsigned type = 0x0800;
  unsigned version = 4;
  unsigned header_words = 5;
  unsigned total = 0;
  unsigned fragment = 0;  // flags and offset
  unsigned protocol = 17;
  unsigned group = 0xe9a00101;  // 233.160.1.1
  unsigned port = 31001;
  unsigned udp_length = 0;
  unsigned padding = 0;     // bytes behind the datagram; each is 0xff
  unsigned number = 1;      // of the packet
  unsigned payload = 12;    // bytes, from the number on; less than 4: a part of the number
  unsigned source = 40000;  // port

  Bytes bytes() const {
    Bytes made{0x01, 0x00, 0x5e, 0x20, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07};
    for (const unsigned tag : tags) {
      put16(made, tag);
      put16(made, 100);
    }
    put16(made, type);
    const unsigned options = header_words > 5 ? 4 * (header_words - 5) : 0;
    made.push_back(static_cast<__u8>(version << 4 | header_words));
    made.push_back(0);
    put16(made, total != 0 ? total : 20 + options + 8 + payload);
    put16(made, 7);
    put16(made, fragment);
    made.push_back(1);
    made.push_back(static_cast<__u8>(protocol));
    put16(made, 0);
    put32(made, 0x0a000001);
    put32(made, group);
    // Options that look like the header of a datagram of somebody else.
    for (unsigned i = 0; i < options; ++i) made.push_back(1);
    put16(made, source);
    put16(made, port);
    put16(made, udp_length != 0 ? udp_length : 8 + payload);
    put16(made, 0);
    Bytes content;
    put32(content, number);
    content.resize(payload, 'm');
    made.insert(made.end(), content.begin(), content.end());
    made.insert(made.end(), padding, 0xff);
    return made;
  }
};

inline lln_feed the_feed() {
  lln_feed feed{};
  feed.group = 0xe9a00101;
  feed.port = 31001;
  return feed;
}

inline std::string verdict(unsigned returned) {
  return returned == XDP_PASS   ? "pass"
         : returned == XDP_DROP ? "drop"
                                : "verdict " + std::to_string(returned);
}

// "pass: taken 1", and whatever else is not 0.
inline std::string told(unsigned returned, const lln_feed& feed) {
  std::string text = verdict(returned) + ':';
  const auto add = [&text](const char* name, __u64 value) {
    if (value != 0) text.append(text.back() == ':' ? " " : ", ").append(name) += ' ' + std::to_string(value);
  };
  add("other", feed.other);
  add("malformed", feed.malformed);
  add("taken", feed.taken);
  add("old", feed.old);
  add("lost", feed.lost);
  return text;
}

struct Case {
  const char* name;
  Frame frame;
  const char* outcome;  // on a feed that has seen nothing yet
};

inline std::vector<Case> feed_cases() {
  const char* const taken = "pass: taken 1";
  const char* const other = "pass: other 1";
  return {
      {"a packet of the feed", {}, taken},
      {"with a VLAN tag", {.tags = {0x8100}}, taken},
      {"with two VLAN tags", {.tags = {0x88a8, 0x8100}}, taken},
      {"with three VLAN tags", {.tags = {0x88a8, 0x8100, 0x8100}}, other},
      {"with a tag, and no IPv4 behind it", {.tags = {0x8100}, .type = 0x0806}, other},
      {"with 4 bytes of options", {.header_words = 6}, taken},
      {"with 40 bytes of options, tagged", {.tags = {0x8100}, .header_words = 15}, taken},
      {"with padding", {.padding = 6}, taken},
      {"IPv6", {.type = 0x86dd}, other},
      {"TCP", {.protocol = 6}, other},
      {"another group", {.group = 0xe9a00102}, other},
      {"another port", {.port = 31002}, other},
      {"the feed's port as its source", {.port = 53, .source = 31001}, other},
      {"the first fragment", {.fragment = 0x2000}, other},
      {"a later fragment, that looks like a packet", {.fragment = 0x00b9}, other},
      {"may not be fragmented", {.fragment = 0x4000}, taken},
  };
}

inline std::vector<Case> malformed_cases() {
  const char* const malformed = "drop: malformed 1";
  const char* const other = "pass: other 1";
  return {
      {"IPv4 in name only: version 6", {.version = 6}, malformed},
      {"a header of 16 bytes", {.header_words = 4}, malformed},
      {"a total length of 19, which is less than the header", {.total = 19}, malformed},
      {"a total length of 20 with 4 bytes of options", {.header_words = 6, .total = 20}, malformed},
      {"a total length of one byte more than the frame has", {.total = 41}, malformed},
      {"a total length of 65535", {.total = 65535}, malformed},
      {"a total length that leaves 7 bytes for UDP", {.total = 27}, malformed},
      {"the same, to somebody else", {.total = 27, .port = 53}, malformed},
      {"a UDP length of 7", {.udp_length = 7}, malformed},
      {"a UDP length of one more than the total length leaves", {.udp_length = 21}, malformed},
      {"the same, with padding that would do", {.udp_length = 21, .padding = 30}, malformed},
      {"a UDP length of 7, to somebody else", {.port = 53, .udp_length = 7}, other},
      {"no payload, and 18 bytes of padding", {.padding = 18, .payload = 0}, malformed},
      {"a payload of 3 bytes, and padding", {.padding = 15, .payload = 3}, malformed},
      {"a UDP length that ends within the number", {.udp_length = 11}, malformed},
      {"a fragment with a total length that is too long", {.total = 100, .fragment = 0x2000}, malformed},
  };
}

struct Numbers {
  const char* name;
  std::vector<unsigned> numbers;
  const char* outcome;  // of the last one
};

inline std::vector<Numbers> number_cases() {
  return {
      {"one after another, from 100 on", {100, 101, 102}, "pass: taken 3"},
      {"the same twice", {5, 5}, "drop: taken 1, old 1"},
      {"two lines, each packet twice", {1, 1, 2, 2, 3, 3}, "drop: taken 3, old 3"},
      {"three are missing", {1, 5}, "pass: taken 2, lost 3"},
      {"one of the missing comes late", {1, 5, 3}, "drop: taken 2, old 1, lost 3"},
      {"0 as the first number", {0, 1}, "pass: taken 2"},
      {"over the end of 32 bits", {0xfffffffe, 0xffffffff, 0, 1}, "pass: taken 4"},
      {"a gap over the end of 32 bits", {0xfffffffe, 2}, "pass: taken 2, lost 3"},
      {"late, over the end of 32 bits", {0xffffffff, 0, 0xffffffff}, "drop: taken 2, old 1"},
      {"as far ahead as can be", {9, 0x80000009}, "pass: taken 2, lost 2147483647"},
      {"one further", {9, 0x8000000a}, "drop: taken 1, old 1"},
  };
}

}  // namespace lln::exercise
