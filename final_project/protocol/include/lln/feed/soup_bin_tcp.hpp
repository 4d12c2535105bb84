// SoupBinTCP 3.00: length-prefixed packets on a TCP stream, as the GLIMPSE snapshot service speaks it.
//
// Threads: free functions are pure; a SoupParser belongs to one thread. Guarantees: no access outside the given spans;
// encoders append to a vector of the caller; the parser holds at most one unfinished packet beyond what it was fed.
// Source: SPEC.md section 5.
#pragma once

#include <lln/feed/itch_types.hpp>
#include <lln/feed/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lln::feed {

enum class SoupType : char {
  debug = '+',             ///< both directions
  login_accepted = 'A',    ///< server
  login_rejected = 'J',    ///< server
  sequenced_data = 'S',    ///< server
  unsequenced_data = 'U',  ///< both
  server_heartbeat = 'H',
  session_end = 'Z',    ///< server
  login_request = 'L',  ///< client
  client_heartbeat = 'R',
  logout_request = 'O',  ///< client
};

inline constexpr std::size_t soup_max_payload = 0xFFFF - 1;  ///< the 16-bit length counts the type too

/// Appends one packet; std::length_error when the payload exceeds soup_max_payload.
void encode_soup(SoupType type, std::span<const std::byte> payload, std::vector<std::byte>& to);
inline void encode_soup(SoupType type, std::vector<std::byte>& to) { encode_soup(type, {}, to); }

/// Right-justified in `N` characters, spaces on the left.
inline constexpr std::size_t soup_number_size = 20;
void encode_soup_number(std::uint64_t value, std::span<std::byte, soup_number_size> to) noexcept;
/// Spaces, then at least one digit, then nothing else; nothing for any other text or a number beyond 64 bits.
std::optional<std::uint64_t> decode_soup_number(std::span<const std::byte, soup_number_size> from) noexcept;

struct LoginRequest {
  Alpha<6> username = alpha<6>("");
  Alpha<10> password = alpha<10>("");
  SessionId session = alpha<10>("");  ///< left-padded; blank = the current one
  std::uint64_t sequence = 1;         ///< 1 = from the start, 0 = only what is new
  bool operator==(const LoginRequest&) const = default;
};
struct LoginAccepted {
  SessionId session = alpha<10>("");  ///< left-padded
  std::uint64_t sequence = 1;         ///< of the next sequenced packet
  bool operator==(const LoginAccepted&) const = default;
};
struct LoginRejected {
  char reason = 'A';  ///< A = not authorised, S = no such session
  bool operator==(const LoginRejected&) const = default;
};

void encode_soup(const LoginRequest& request, std::vector<std::byte>& to);
void encode_soup(const LoginAccepted& accepted, std::vector<std::byte>& to);
void encode_soup(const LoginRejected& rejected, std::vector<std::byte>& to);

/// Of the payload, without length and type. Nothing when its size or a number in it is wrong.
std::optional<LoginRequest> decode_login_request(std::span<const std::byte> payload) noexcept;
std::optional<LoginAccepted> decode_login_accepted(std::span<const std::byte> payload) noexcept;
std::optional<LoginRejected> decode_login_rejected(std::span<const std::byte> payload) noexcept;

struct SoupPacket {
  SoupType type{};                     ///< perhaps a value that the enum does not name: ignore such packets
  std::span<const std::byte> payload;  ///< inside the parser; valid until the next feed()
};

/// Bytes in as TCP delivers them, whole packets out:  parser.feed(bytes); while (parser.next(packet)) ...;
class SoupParser {
 public:
  enum class Error : std::uint8_t {
    none,
    zero_length,  ///< a packet without a type: the stream cannot be trusted any more
    too_long,     ///< beyond the limit given to the constructor
  };

  /// `max_length`: the largest accepted value of the length field (type + payload, bytes).
  explicit SoupParser(std::uint16_t max_length = 0xFFFF) noexcept : max_length_(max_length) {}

  /// Copies the bytes in. Ends the validity of payloads handed out before.
  void feed(std::span<const std::byte> bytes);
  /// False: more bytes are needed, or error() says why the connection must be closed. An error is final.
  bool next(SoupPacket& packet) noexcept;
  Error error() const noexcept { return error_; }
  /// Bytes of an unfinished packet: not 0 at the end of the stream means that the peer cut it off.
  std::size_t pending_bytes() const noexcept { return buffer_.size() - consumed_; }

 private:
  std::vector<std::byte> buffer_;
  std::size_t consumed_ = 0;
  std::uint16_t max_length_;
  Error error_ = Error::none;
};

}  // namespace lln::feed
