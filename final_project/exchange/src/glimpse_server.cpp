#include <lln/exchange/glimpse_server.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace lln::exchange {
namespace {

constexpr std::int64_t heartbeat_ns = 1'000'000'000;
constexpr std::int64_t close_timeout_ns = 1'000'000'000;

// Clients pad on the left, the session itself may be padded on the right: compare what is between.
std::string_view without_padding(const feed::SessionId& session) {
  std::string_view text = feed::text_of(session);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

GlimpseServer::GlimpseServer(const Options& options)
    : options_(options), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const std::string what = "GLIMPSE server on " + options.local.to_string();
  if (!listener_) fail(errno, what + ": opening the socket");
  const int on = 1;  // a server may start again while old connections are still in TIME_WAIT
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = options.local.to_sockaddr();
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail(errno,
         what + (errno == EADDRINUSE ? ": another program has this port; choose another one or port 0" : ""));
  if (::listen(listener_.get(), 16) != 0) fail(errno, what);
}

net::Endpoint GlimpseServer::local_endpoint() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail(errno, "GLIMPSE server: its port");
  return net::Endpoint::from_sockaddr(address);
}

auto GlimpseServer::waiting() const noexcept -> const Client* {
  const auto found = std::find_if(clients_.begin(), clients_.end(),
                                  [](const Client& client) { return client.state == State::waiting; });
  return found == clients_.end() ? nullptr : &*found;
}

void GlimpseServer::accept_all(std::int64_t now_ns) {
  while (clients_.size() < options_.clients) {
    net::FileDescriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    const int bytes = 1 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    ++counters_.connections;
    Client& client = clients_.emplace_back();
    client.fd = std::move(fd);
    client.progress_ns = now_ns;
  }
}

void GlimpseServer::step(std::int64_t now_ns) {
  accept_all(now_ns);
  for (auto client = clients_.begin(); client != clients_.end();) {
    if (serve(*client, now_ns)) {
      ++client;
      continue;
    }
    if (client->state != State::closing) ++counters_.dropped;
    if (active_ == &*client) drop_active();
    client = clients_.erase(client);
  }
}

bool GlimpseServer::serve(Client& client, std::int64_t now_ns) {
  if (!read(client, now_ns)) return false;
  const std::int64_t idle = now_ns - client.progress_ns;
  switch (client.state) {
    case State::login:
      return idle < options_.login_timeout_ns;
    case State::waiting:
      if (now_ns - client.sent_ns >= heartbeat_ns)
        feed::encode_soup(feed::SoupType::server_heartbeat, client.out);
      return flush(client, now_ns);
    case State::sending:
      return idle < options_.stall_timeout_ns;
    case State::draining:
      return flush(client, now_ns) && idle < options_.stall_timeout_ns;
    case State::closing:
      return flush(client, now_ns) && idle < close_timeout_ns;
  }
  return false;
}

bool GlimpseServer::read(Client& client, std::int64_t now_ns) {
  std::array<std::byte, 512> bytes{};
  const ssize_t received = ::recv(client.fd.get(), bytes.data(), bytes.size(), 0);
  if (received == 0) return false;
  if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  client.parser.feed(std::span(bytes).first(static_cast<std::size_t>(received)));
  feed::SoupPacket packet;
  while (client.parser.next(packet)) {
    if (packet.type == feed::SoupType::logout_request) return false;
    if (packet.type != feed::SoupType::login_request) continue;
    if (client.state != State::login || !log_in(client, packet.payload, now_ns)) return false;
  }
  return client.parser.error() == feed::SoupParser::Error::none;
}

bool GlimpseServer::log_in(Client& client, std::span<const std::byte> payload, std::int64_t now_ns) {
  const auto request = feed::decode_login_request(payload);
  if (!request) return false;
  client.progress_ns = now_ns;
  const std::string_view wanted = without_padding(request->session);
  if (!wanted.empty() && wanted != without_padding(options_.session)) {
    ++counters_.rejected_logins;
    feed::encode_soup(feed::LoginRejected{'S'}, client.out);
    client.state = State::closing;
    return flush(client, now_ns);
  }
  ++counters_.logins;
  feed::LoginAccepted accepted;
  const std::string_view session = without_padding(options_.session);
  std::copy(session.rbegin(), session.rend(), accepted.session.rbegin());
  feed::encode_soup(accepted, client.out);
  client.state = State::waiting;
  return flush(client, now_ns);
}

// Writes what waits in `out`. False: the connection is broken.
bool GlimpseServer::flush(Client& client, std::int64_t now_ns) {
  while (client.written < client.out.size()) {
    const ssize_t sent = ::send(client.fd.get(), client.out.data() + client.written,
                                client.out.size() - client.written, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    client.written += static_cast<std::size_t>(sent);
    client.sent_ns = client.progress_ns = now_ns;
  }
  if (client.out.empty()) return true;
  client.out.clear();
  client.written = 0;
  if (client.state == State::draining) {
    ++counters_.snapshots;
    client.state = State::closing;
  }
  // The peer closes first, so that nothing on the way to it is lost.
  if (client.state == State::closing) ::shutdown(client.fd.get(), SHUT_WR);
  return true;
}

void GlimpseServer::begin(const feed::SimpleBooks& books, std::uint64_t next_sequence, std::int64_t now_ns) {
  active_ = const_cast<Client*>(waiting());
  writer_.emplace(books, next_sequence);
  active_->state = State::sending;
  active_->progress_ns = now_ns;
}

bool GlimpseServer::pump(std::int64_t now_ns) {
  Client& client = *active_;
  if (client.out.empty()) writer_->append(client.out, options_.slice_bytes);
  if (writer_->done()) {
    client.state = State::draining;
    drop_active();
  }
  // A broken connection shows up again, and is cleaned up, in step().
  const bool intact = flush(client, now_ns);
  return intact && client.out.empty();
}

void GlimpseServer::drop_active() {
  writer_.reset();
  active_ = nullptr;
}

void GlimpseServer::abort() {
  if (active_ == nullptr) return;
  const auto client =
      std::find_if(clients_.begin(), clients_.end(), [this](const Client& c) { return &c == active_; });
  ++counters_.dropped;
  drop_active();
  clients_.erase(client);
}

}  // namespace lln::exchange
