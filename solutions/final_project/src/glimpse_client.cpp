#include <lln/feed/big_endian.hpp>
#include <lln/feed/glimpse.hpp>
#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/handler/glimpse_client.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace lln::handler {
namespace {

constexpr std::size_t length_size = 2;
constexpr std::size_t largest_packet = length_size + 0xFFFF;

bool is(std::byte type, feed::SoupType wanted) noexcept { return type == static_cast<std::byte>(wanted); }

}  // namespace

GlimpseClient::GlimpseClient(const Options& options)
    : options_(options), buffer_(largest_packet + std::max<std::size_t>(options.bytes_per_poll, 1)) {
  feed::encode_soup(feed::LoginRequest{}, login_);
}

void GlimpseClient::start(std::uint64_t now) noexcept {
  cancel();
  failure_ = Failure::none;
  closed_ = false;
  begin_ = end_ = 0;
  next_sequence_ = 0;
  since_ = last_sent_ = last_heard_ = now;
  fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return fail(Failure::connect);
  const int on = 1;
  (void)::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = options_.server.to_sockaddr();
  state_ = State::connecting;
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    on_connected(now);
  } else if (errno != EINPROGRESS) {
    fail(Failure::connect);
  }
}

void GlimpseClient::cancel() noexcept {
  fd_.reset();
  state_ = State::idle;
}

void GlimpseClient::fail(Failure failure) noexcept {
  fd_.reset();
  state_ = State::failed;
  failure_ = failure;
}

bool GlimpseClient::send(std::span<const std::byte> bytes, std::uint64_t now) noexcept {
  last_sent_ = now;
  // A few bytes a second into a fresh connection: they fit, or the server does not read.
  return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void GlimpseClient::on_connected(std::uint64_t now) noexcept {
  state_ = State::logging_in;
  since_ = last_heard_ = now;
  if (!send(login_, now)) fail(Failure::cut_off);
}

void GlimpseClient::poll(std::uint64_t now) noexcept {
  if (state_ == State::connecting) {
    pollfd wait{fd_.get(), POLLOUT, 0};
    if (::poll(&wait, 1, 0) == 1) {
      int error = 0;
      socklen_t size = sizeof error;
      if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return fail(Failure::connect);
      on_connected(now);
    } else if (now - since_ >= options_.connect_timeout) {
      return fail(Failure::timeout);
    }
  }
  if (state_ != State::logging_in && state_ != State::streaming) return;
  read(now);
  if (state_ == State::failed) return;
  if (state_ == State::logging_in && now - since_ >= options_.login_timeout && begin_ == end_)
    return fail(Failure::timeout);
  if (now - last_heard_ >= options_.silence_timeout) return fail(Failure::timeout);
  if (!closed_ && now - last_sent_ >= options_.heartbeat) {
    constexpr std::array<std::byte, 3> heartbeat = {std::byte{0}, std::byte{1},
                                                    static_cast<std::byte>(feed::SoupType::client_heartbeat)};
    if (!send(heartbeat, now)) fail(Failure::cut_off);
  }
}

void GlimpseClient::read(std::uint64_t now) noexcept {
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t room = std::min(buffer_.size() - end_, options_.bytes_per_poll);
  if (room == 0 || closed_) return;
  const ssize_t got = ::recv(fd_.get(), buffer_.data() + end_, room, 0);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    last_heard_ = now;
  } else if (got == 0) {
    closed_ = true;
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    fail(Failure::cut_off);
  }
}

bool GlimpseClient::next(std::span<const std::byte>& message) noexcept {
  while (state_ == State::logging_in || state_ == State::streaming) {
    const std::span<const std::byte> rest =
        std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_);
    const std::size_t length = rest.size() < length_size ? 0 : feed::load_be<std::uint16_t>(rest.data());
    if (rest.size() < length_size || rest.size() < length_size + length) {
      if (closed_) fail(Failure::cut_off);
      return false;
    }
    if (length == 0) {
      fail(Failure::protocol);
      return false;
    }
    begin_ += length_size + length;
    message = rest.subspan(length_size + 1, length - 1);
    if (take(rest[length_size], message)) return true;
  }
  return false;
}

// True: the payload is a message of the snapshot.
bool GlimpseClient::take(std::byte type, std::span<const std::byte> payload) noexcept {
  if (is(type, feed::SoupType::login_rejected)) {
    fail(state_ == State::logging_in && payload.size() == 1 ? Failure::rejected : Failure::protocol);
  } else if (is(type, feed::SoupType::login_accepted)) {
    const auto accepted = feed::decode_login_accepted(payload);
    if (!accepted || state_ != State::logging_in) {
      fail(Failure::protocol);
    } else {
      session_ = accepted->session;
      state_ = State::streaming;
    }
  } else if (is(type, feed::SoupType::session_end)) {
    fail(Failure::cut_off);
  } else if (is(type, feed::SoupType::sequenced_data)) {
    if (state_ != State::streaming) {
      fail(Failure::protocol);
    } else if (!payload.empty() && payload.front() == feed::end_of_snapshot_type) {
      next_sequence_ = feed::decode_end_of_snapshot(payload).value_or(0);
      if (next_sequence_ == 0) {
        fail(Failure::protocol);
      } else {
        fd_.reset();
        state_ = State::done;
      }
    } else {
      return true;
    }
  }
  return false;
}

std::string_view to_string(GlimpseClient::Failure failure) noexcept {
  switch (failure) {
    case GlimpseClient::Failure::none:
      return "none";
    case GlimpseClient::Failure::connect:
      return "cannot connect";
    case GlimpseClient::Failure::rejected:
      return "login rejected";
    case GlimpseClient::Failure::timeout:
      return "no answer in time";
    case GlimpseClient::Failure::protocol:
      return "not a GLIMPSE stream";
    case GlimpseClient::Failure::cut_off:
      return "connection lost before the end of the snapshot";
  }
  return "?";
}

}  // namespace lln::handler
