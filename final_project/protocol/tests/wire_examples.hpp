// One example of everything that SPEC.md describes byte by byte, with its bytes written out. They were packed by a
// program that shares no code with the encoder; three independent statements (these, SPEC.md, the codec) must agree.
#pragma once

#include <lln/feed/itch.hpp>

#include <string_view>
#include <vector>

namespace lln::feed::test {

struct ItchExample {
  std::string_view name;
  Message message;
  std::string_view hex;
};
const std::vector<ItchExample>& itch_examples();

struct TransportExample {
  std::string_view name;
  std::string_view hex;
};
const std::vector<TransportExample>& transport_examples();
/// The hex of the transport example of this name.
std::string_view transport_hex(std::string_view name);

}  // namespace lln::feed::test
