#include <lln/handler/rerequest_client.hpp>

#include <array>
#include <cerrno>

namespace lln::handler {
namespace {

constexpr std::size_t largest_datagram = 65'536;
constexpr int receive_buffer_bytes = 1 << 20;

}  // namespace

RerequestClient::RerequestClient(const net::Endpoint& server) : buffer_(largest_datagram) {
  socket_.set_receive_buffer(receive_buffer_bytes);
  socket_.connect(server);
}

bool RerequestClient::request(const feed::SessionId& session, std::uint64_t sequence,
                              std::uint16_t count) noexcept {
  std::array<std::byte, feed::header_size> bytes;
  feed::encode_request({session, sequence, count}, bytes);
  if (socket_.send(bytes)) return true;
  if (socket_.last_error() != ECONNREFUSED) return false;
  ++refused_;
  // That error was the answer to an earlier datagram; this one has not been tried yet.
  return socket_.send(bytes);
}

std::span<const std::byte> RerequestClient::receive() noexcept {
  while (true) {
    const auto size = socket_.receive(buffer_);
    if (size) return std::span<const std::byte>(buffer_).first(*size);  // an empty one ends this round
    if (socket_.last_error() != ECONNREFUSED) return {};
    ++refused_;
  }
}

}  // namespace lln::handler
