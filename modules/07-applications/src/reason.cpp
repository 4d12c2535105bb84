#include <lln/app/echo/reason.hpp>

#include <array>

namespace lln::app {
namespace {

struct Text {
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<Text, echo_reason_count> texts{{
    {"ok", "nothing is wrong"},
    {"incomplete", "the message is not complete yet"},
    {"bad_magic", "these bytes do not begin with LLNE: they are not the echo protocol"},
    {"bad_version", "only version 1 of the echo protocol is spoken here"},
    {"bad_type", "there is no such type of message; a request is type 1"},
    {"too_long", "the length field asks for more payload than this server accepts"},
    {"size_mismatch", "a datagram must be one whole message and nothing else"},
    {"not_a_request", "only requests are answered, so that two servers cannot keep each other busy"},
    {"peer_closed", "the client has finished"},
    {"peer_vanished", "the connection broke"},
    {"slow_reader", "the client did not fetch its answers for too long"},
    {"slow_sender", "the client began a request and did not finish it for too long"},
    {"no_buffer", "all buffers were taken, and this client had kept its own the longest without progress"},
    {"server_full", "the server has as many connections as it is allowed"},
    {"shutting_down", "the server ends; every request before this message has been answered"},
    {"idle", "the client asked nothing for too long"},
}};
static_assert(static_cast<std::size_t>(EchoReason::idle) + 1 == echo_reason_count);

constexpr Text unknown{"unknown", "a reason that this version does not know"};

const Text& text_of(EchoReason reason) noexcept {
  const auto number = static_cast<std::size_t>(reason);
  return number < texts.size() ? texts[number] : unknown;
}

}  // namespace

std::string_view name_of(EchoReason reason) noexcept { return text_of(reason).name; }

std::string_view explain(EchoReason reason) noexcept { return text_of(reason).sentence; }

}  // namespace lln::app
