// The echo protocol: a fixed header of 40 bytes, then the payload. The same over TCP, UDP and Unix sockets.
//
//   offset size  field          request                       response
//        0    4  magic          "LLNE"                        the same
//        4    1  version        1                             the same
//        5    1  type           1                             2 (3: goodbye, see below)
//        6    2  length         bytes of payload              the same
//        8    8  id             the client's number for it    the same
//       16    8  client_stamp   the client's time, any clock  the same
//       24    8  server_rx      0                             when the server had it, ns
//       32    8  server_tx      0                             when the answer was ready, ns
//       40  ...  payload        any bytes                     the same
//
// All numbers are in network byte order. server_rx and server_tx are ns since the epoch (CLOCK_REALTIME) by the
// server's clock: their difference is good on any machine, their distance from the client's clock only on one.
// A stream is message after message. A datagram is one message, exactly.
// A client may send before it has been answered (pipelining). Answers of a stream come in the order of its requests.
// A goodbye is the last that a server says on a stream: its id is the request it objects to (or 0), its payload one
// byte EchoReason and a sentence for people. Requests behind the last answer before it have not been accepted.
//
// Why the type says who speaks: a server that answered whatever it gets would answer another server's answer, and
// the two would never stop. Why a response is as long as its request: nobody can use the server to turn a small
// datagram with a forged sender into a large one. Why the length has 16 bits: no header can make a server wait for
// (or set aside) more than 64 KiB.
//
// Threads    Plain functions of bytes.
// Allocation None. noexcept throughout.
// Safety     decode_echo() reads nothing outside its span, whatever it holds. From the first byte that cannot belong to
//            a message on it says so: garbage does not have to be 40 bytes long to be recognized.
#pragma once

#include <lln/app/echo/detail/big_endian.hpp>
#include <lln/app/echo/reason.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::app {

inline constexpr std::uint32_t echo_magic = 0x4C4C4E45;  // "LLNE"
inline constexpr std::uint8_t echo_version = 1;
inline constexpr std::size_t echo_header_size = 40;
inline constexpr std::size_t echo_max_payload = 65507 - echo_header_size;  // a message fits a UDP datagram

enum class EchoType : std::uint8_t { request = 1, response = 2, goodbye = 3 };

struct EchoHeader {
  EchoType type = EchoType::request;
  std::uint16_t length = 0;
  std::uint64_t id = 0;
  std::uint64_t client_stamp = 0;
  std::uint64_t server_rx = 0;
  std::uint64_t server_tx = 0;

  constexpr std::size_t message_size() const noexcept { return echo_header_size + length; }
  friend constexpr bool operator==(const EchoHeader&, const EchoHeader&) noexcept = default;
};

// Where the fields are, for whoever changes one of them in place.
namespace echo_offset {
inline constexpr std::size_t magic = 0;
inline constexpr std::size_t version = 4;
inline constexpr std::size_t type = 5;
inline constexpr std::size_t length = 6;
inline constexpr std::size_t id = 8;
inline constexpr std::size_t client_stamp = 16;
inline constexpr std::size_t server_rx = 24;
inline constexpr std::size_t server_tx = 32;
}  // namespace echo_offset

constexpr void encode_echo(const EchoHeader& header, std::span<std::byte, echo_header_size> to) noexcept {
  detail::store_be(&to[echo_offset::magic], echo_magic);
  detail::store_be(&to[echo_offset::version], echo_version);
  detail::store_be(&to[echo_offset::type], static_cast<std::uint8_t>(header.type));
  detail::store_be(&to[echo_offset::length], header.length);
  detail::store_be(&to[echo_offset::id], header.id);
  detail::store_be(&to[echo_offset::client_stamp], header.client_stamp);
  detail::store_be(&to[echo_offset::server_rx], header.server_rx);
  detail::store_be(&to[echo_offset::server_tx], header.server_tx);
}

namespace detail {

// What the first bytes, fewer than a header, already tell.
constexpr EchoReason check_echo_prefix(std::span<const std::byte> bytes, std::size_t max_payload) noexcept {
  for (std::size_t i = 0; i < bytes.size() && i < sizeof echo_magic; ++i) {
    if (load_be<std::uint8_t>(&bytes[i]) != (echo_magic >> (24 - 8 * i) & 0xFF)) return EchoReason::bad_magic;
  }
  if (bytes.size() > echo_offset::version &&
      load_be<std::uint8_t>(&bytes[echo_offset::version]) != echo_version) {
    return EchoReason::bad_version;
  }
  if (bytes.size() > echo_offset::type) {
    const auto type = load_be<std::uint8_t>(&bytes[echo_offset::type]);
    if (type < 1 || type > 3) return EchoReason::bad_type;
  }
  if (bytes.size() >= echo_offset::id && load_be<std::uint16_t>(&bytes[echo_offset::length]) > max_payload) {
    return EchoReason::too_long;
  }
  return EchoReason::incomplete;
}

}  // namespace detail

// The header at the front of `bytes`, for streams. `ok`: `header` is filled, and the whole message is there.
// `incomplete`: nothing wrong so far, more bytes are needed; `header` is filled once its 40 bytes are there. Else the
// reason why these bytes can never become a message of at most `max_payload`.
constexpr EchoReason decode_echo(std::span<const std::byte> bytes, EchoHeader& header,
                                 std::size_t max_payload = echo_max_payload) noexcept {
  const EchoReason prefix = detail::check_echo_prefix(bytes, max_payload);
  if (prefix != EchoReason::incomplete || bytes.size() < echo_header_size) return prefix;
  header.type = static_cast<EchoType>(detail::load_be<std::uint8_t>(&bytes[echo_offset::type]));
  header.length = detail::load_be<std::uint16_t>(&bytes[echo_offset::length]);
  header.id = detail::load_be<std::uint64_t>(&bytes[echo_offset::id]);
  header.client_stamp = detail::load_be<std::uint64_t>(&bytes[echo_offset::client_stamp]);
  header.server_rx = detail::load_be<std::uint64_t>(&bytes[echo_offset::server_rx]);
  header.server_tx = detail::load_be<std::uint64_t>(&bytes[echo_offset::server_tx]);
  return bytes.size() < header.message_size() ? EchoReason::incomplete : EchoReason::ok;
}

// The same for a datagram, which must be one message and nothing else: too few bytes or too many are size_mismatch.
constexpr EchoReason decode_echo_datagram(std::span<const std::byte> bytes, EchoHeader& header,
                                          std::size_t max_payload = echo_max_payload) noexcept {
  const EchoReason reason = decode_echo(bytes, header, max_payload);
  if (reason == EchoReason::incomplete) return EchoReason::size_mismatch;
  if (reason == EchoReason::ok && bytes.size() != header.message_size()) return EchoReason::size_mismatch;
  return reason;
}

// Turns a request into its response, in place: nothing else of it changes. `message`: a header that was decoded.
constexpr void make_echo_response(std::byte* message, std::uint64_t server_rx,
                                  std::uint64_t server_tx) noexcept {
  detail::store_be(message + echo_offset::type, static_cast<std::uint8_t>(EchoType::response));
  detail::store_be(message + echo_offset::server_rx, server_rx);
  detail::store_be(message + echo_offset::server_tx, server_tx);
}

}  // namespace lln::app
