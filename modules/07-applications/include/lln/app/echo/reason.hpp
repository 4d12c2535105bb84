// Why a message was not answered, or a connection was ended: one list for the wire, the counters and the reports.
//
// The numbers are part of the protocol (a goodbye carries one): new ones are added at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lln::app {

enum class EchoReason : std::uint8_t {
  ok = 0,
  incomplete,     // a stream: more bytes are needed
  bad_magic,      // these bytes are not this protocol
  bad_version,    // this protocol, of a version that is not spoken here
  bad_type,       // no known type of message
  too_long,       // more payload than is accepted here
  size_mismatch,  // a datagram that is not exactly one message
  not_a_request,  // a response or a goodbye, where only requests are answered
  peer_closed,    // the client has said all it wanted and got all its answers
  peer_vanished,  // the connection broke: reset, host or process gone
  slow_reader,    // did not fetch its answers for too long
  slow_sender,    // began a request and did not finish it for too long
  no_buffer,      // all buffers were taken, and this connection had kept its own the longest without progress
  server_full,    // one connection more than are allowed
  shutting_down,  // the server ends; all that came before has been answered
  idle,           // asked nothing for too long
};
inline constexpr std::size_t echo_reason_count = 16;

// "bad_magic": as it is written in reports.
std::string_view name_of(EchoReason reason) noexcept;

// One sentence for people; any number may be asked, also one of a later version.
std::string_view explain(EchoReason reason) noexcept;

}  // namespace lln::app
