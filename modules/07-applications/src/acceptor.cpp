#include "acceptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace lln::app::detail {
namespace {

[[noreturn]] void fail(const std::string& attempt) {
  throw std::system_error(errno, std::generic_category(), attempt);
}

net::FileDescriptor open_spare() noexcept {
  return net::FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool out_of_descriptors(int error) noexcept { return error == EMFILE || error == ENFILE; }

// A killed server leaves its file: nobody listens behind it, and bind(2) refuses all the same.
bool is_left_behind(const std::string& path, const sockaddr* address, socklen_t size) noexcept {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const net::FileDescriptor asker(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return asker && ::connect(asker.get(), address, size) != 0 && errno == ECONNREFUSED;
}

}  // namespace

UnixListener::UnixListener(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!fd_) fail("socket AF_UNIX");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    fail("Unix socket '" + path + "'");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (path.starts_with('@')) {
    address.sun_path[0] = '\0';
  } else {
    size += 1;
  }
  const auto at = reinterpret_cast<const sockaddr*>(&address);
  bool bound = ::bind(fd_.get(), at, size) == 0;
  if (!bound && errno == EADDRINUSE) {
    if (!path.starts_with('@') && is_left_behind(path, at, size)) ::unlink(path.c_str());
    bound = ::bind(fd_.get(), at, size) == 0;
  }
  if (!bound) fail("bind to Unix socket '" + path + "'");
  if (!path.starts_with('@')) file_ = path;
  if (::listen(fd_.get(), 1024) != 0) fail("listen on Unix socket '" + path + "'");
  // Readiness may be gone again when accept(2) comes; then it must not wait.
  if (::fcntl(fd_.get(), F_SETFL, O_NONBLOCK) != 0) fail("O_NONBLOCK on Unix socket '" + path + "'");
}

UnixListener::~UnixListener() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

std::optional<net::StreamSocket> UnixListener::accept() noexcept {
  net::FileDescriptor accepted(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  last_error_ = accepted ? 0 : errno;
  if (!accepted) return std::nullopt;
  return net::StreamSocket(std::move(accepted));
}

Acceptor::Acceptor(const std::optional<net::TcpListener::Options>& tcp, const std::string& unix_path)
    : spare_(open_spare()) {
  if (tcp) tcp_.emplace(*tcp);
  if (!unix_path.empty()) unix_.emplace(unix_path);
}

std::optional<net::StreamSocket> Acceptor::accept() noexcept {
  if (tcp_) {
    if (auto stream = tcp_->accept()) return net::StreamSocket(std::move(*stream));
    if (out_of_descriptors(tcp_->last_error())) refuse_one(tcp_->fd());
  }
  if (unix_) {
    if (auto stream = unix_->accept()) return stream;
    if (out_of_descriptors(unix_->last_error())) refuse_one(unix_->fd());
  }
  return std::nullopt;
}

void Acceptor::refuse_one(int listening) noexcept {
  if (!spare_) return;
  spare_.reset();
  net::FileDescriptor(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = open_spare();
}

void Acceptor::close() noexcept {
  tcp_.reset();
  unix_.reset();
}

}  // namespace lln::app::detail
