#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/handler/glimpse_client.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace lln::handler {

GlimpseClient::GlimpseClient(const Options& options) : options_(options), stream_(options.bytes_per_poll) {
  feed::encode_soup(feed::LoginRequest{}, login_);
}

void GlimpseClient::start(std::uint64_t now) noexcept {
  cancel();
  failure_ = Failure::none;
  stream_.restart();
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
  if (read(now) || state_ == State::failed) return;
  const bool login_late = state_ == State::logging_in && now - since_ >= options_.login_timeout;
  if (login_late || now - last_heard_ >= options_.silence_timeout) return fail(Failure::timeout);
  if (!stream_.closed() && now - last_sent_ >= options_.heartbeat) {
    constexpr std::array<std::byte, 3> heartbeat = {std::byte{0}, std::byte{1},
                                                    static_cast<std::byte>(feed::SoupType::client_heartbeat)};
    if (!send(heartbeat, now)) fail(Failure::cut_off);
  }
}

// True when something came.
bool GlimpseClient::read(std::uint64_t now) noexcept {
  const std::span<std::byte> space = stream_.space();
  if (space.empty() || stream_.closed()) return false;
  const ssize_t got = ::recv(fd_.get(), space.data(), space.size(), 0);
  if (got > 0) {
    stream_.commit(static_cast<std::size_t>(got));
    last_heard_ = now;
    return true;
  }
  if (got == 0) {
    stream_.end_of_stream();
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    fail(Failure::cut_off);
  }
  return false;
}

bool GlimpseClient::next(std::span<const std::byte>& message) noexcept {
  if (state_ != State::logging_in && state_ != State::streaming) return false;
  const bool found = stream_.next(message);
  switch (stream_.state()) {
    case GlimpseStream::State::logging_in:
      break;
    case GlimpseStream::State::streaming:
      state_ = State::streaming;
      break;
    case GlimpseStream::State::done:
      fd_.reset();
      state_ = State::done;
      break;
    case GlimpseStream::State::failed:
      fail(stream_.failure());
      break;
  }
  return found;
}

std::string_view to_string(GlimpseFailure failure) noexcept {
  switch (failure) {
    case GlimpseFailure::none:
      return "none";
    case GlimpseFailure::connect:
      return "cannot connect";
    case GlimpseFailure::rejected:
      return "login rejected";
    case GlimpseFailure::timeout:
      return "no answer in time";
    case GlimpseFailure::protocol:
      return "not a GLIMPSE stream";
    case GlimpseFailure::cut_off:
      return "connection lost before the end of the snapshot";
  }
  return "?";
}

}  // namespace lln::handler
