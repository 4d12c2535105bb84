// Requests, and what has to come back: made by the encoder that protocol_test.cpp holds against literal bytes.
#pragma once

#include <lln/app/echo/protocol.hpp>

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lln::app::test {

using Bytes = std::vector<std::byte>;

inline Bytes message(EchoType type, std::uint64_t id, std::size_t payload, std::uint64_t rx = 0,
                     std::uint64_t tx = 0) {
  Bytes bytes(echo_header_size + payload);
  const EchoHeader header{type, static_cast<std::uint16_t>(payload), id, id * 1000 + 7, rx, tx};
  encode_echo(header, std::span<std::byte, echo_header_size>(bytes.data(), echo_header_size));
  for (std::size_t i = 0; i < payload; ++i) bytes[echo_header_size + i] = static_cast<std::byte>(id * 31 + i);
  return bytes;
}

inline Bytes request(std::uint64_t id, std::size_t payload = 24) {
  return message(EchoType::request, id, payload);
}

inline void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

struct Message {
  EchoHeader header;
  Bytes payload;

  // Whether it is the answer to request(id, payload size).
  bool answers(std::uint64_t id) const {
    const Bytes asked = request(id, header.length);
    return header.type == EchoType::response && header.id == id && header.client_stamp == id * 1000 + 7 &&
           payload == Bytes(asked.begin() + echo_header_size, asked.end());
  }
  bool is_goodbye(EchoReason reason) const {
    return header.type == EchoType::goodbye && !payload.empty() &&
           payload[0] == static_cast<std::byte>(reason);
  }
};

// The messages of a stream from its front; `rest`: bytes behind the last whole one.
inline std::vector<Message> split(std::span<const std::byte> bytes, std::size_t* rest = nullptr) {
  std::vector<Message> result;
  EchoHeader header;
  while (decode_echo(bytes, header) == EchoReason::ok) {
    const auto payload = bytes.subspan(echo_header_size, header.length);
    result.push_back({header, Bytes(payload.begin(), payload.end())});
    bytes = bytes.subspan(header.message_size());
  }
  if (rest != nullptr) *rest = bytes.size();
  return result;
}

}  // namespace lln::app::test
