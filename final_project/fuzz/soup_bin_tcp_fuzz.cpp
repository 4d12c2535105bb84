// SoupBinTCP: however TCP splits the stream, the same packets come out; encoding them again gives the same bytes.
#include "fuzz_support.hpp"

#include <lln/feed/glimpse.hpp>
#include <lln/feed/soup_bin_tcp.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace {

using namespace lln::feed;
using lln::fuzz::require;
using Bytes = std::vector<std::byte>;

struct Parsed {
  std::vector<std::pair<SoupType, Bytes>> packets;
  SoupParser::Error error;
  std::size_t pending;
  bool operator==(const Parsed&) const = default;
};

// `sizes` says how many bytes arrive at a time (its values plus one, again and again).
Parsed parse(std::span<const std::byte> stream, std::span<const std::uint8_t> sizes, std::uint16_t limit) {
  SoupParser parser(limit);
  Parsed result;
  std::size_t turn = 0;
  do {
    std::size_t size = stream.size();
    if (!sizes.empty()) size = std::min<std::size_t>(size, std::size_t{sizes[turn++ % sizes.size()]} + 1);
    parser.feed(stream.first(size));
    stream = stream.subspan(size);
    for (SoupPacket packet; parser.next(packet);)
      result.packets.emplace_back(packet.type, Bytes(packet.payload.begin(), packet.payload.end()));
  } while (!stream.empty());
  result.error = parser.error();
  result.pending = parser.pending_bytes();
  return result;
}

// What a payload decodes to must survive encoding; the first three bytes of an encoded packet are length and type.
template <class T, class Decode>
void check_payload(const Bytes& payload, Decode decode_payload) {
  const std::optional<T> value = decode_payload(payload);
  if (!value) return;
  Bytes again;
  encode_soup(*value, again);
  require(again.size() == payload.size() + 3, "an encoded login payload has the size it came with");
  require(decode_payload(std::span(again).subspan(3)) == value,
          "a login payload survives encoding and decoding");
}

void check_snapshot_end(const Bytes& payload) {
  const auto next = decode_end_of_snapshot(payload);
  if (!next) return;
  std::array<std::byte, end_of_snapshot_size> again;
  encode_end_of_snapshot(*next, again);
  require(decode_end_of_snapshot(again) == next, "the end of a snapshot survives encoding and decoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = lln::fuzz::bytes_of(data, size);
  for (const std::uint16_t limit : {std::uint16_t{0xFFFF}, std::uint16_t{100}}) {
    const Parsed whole = parse(stream, {}, limit);
    require(parse(stream, std::array<std::uint8_t, 1>{0}, limit) == whole, "byte by byte: same packets");
    require(parse(stream, std::span(data, size), limit) == whole, "in odd pieces: same packets");

    Bytes again;
    for (const auto& [type, payload] : whole.packets) {
      require(payload.size() < limit, "the limit holds");
      encode_soup(type, payload, again);
      check_payload<LoginRequest>(payload, decode_login_request);
      check_payload<LoginAccepted>(payload, decode_login_accepted);
      check_payload<LoginRejected>(payload, decode_login_rejected);
      check_snapshot_end(payload);
    }
    require(again.size() + whole.pending == stream.size(), "no byte is lost");
    require(std::ranges::equal(again, stream.first(again.size())), "encoding the packets gives the stream");
  }
  return 0;
}
