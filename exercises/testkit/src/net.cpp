#include <lln/testkit/net.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>

namespace lln::testkit {
namespace {

[[noreturn]] void refuse(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void check(int result, const char* what) {
  if (result < 0) refuse(what);
}

Socket bound_to_loopback(int type) {
  Socket made(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  check(made.get(), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // port 0: any that is free
  check(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "bind to the loopback");
  return made;
}

// Child exit codes; everything else is a crash.
constexpr int all_well = 0;
constexpr int expectation_failed = 1;
constexpr int not_possible = 77;

void write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  // setgroups is not there on old kernels, and maps may be written once: what failed shows in the next step.
  if (::write(file, text.data(), text.size()) < 0) std::perror(path);
  ::close(file);
}

// Empty when the calling process is now alone in its network, else why not.
std::string enter_namespace() {
  const auto user = std::to_string(::geteuid());
  const auto group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return std::string("A user may not make a network namespace here: unshare says ") + std::strerror(errno) +
           '.';
  }
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + user + " 1");
  write_file("/proc/self/gid_map", "0 " + group + " 1");
  const Socket any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  if (any.get() < 0 || ::ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) {
    return std::string("The loopback of a new network namespace does not come up: ") + std::strerror(errno) +
           '.';
  }
  return "";
}

// Runs the function in a child that leaves without destructors and exit handlers: those are the parent's.
int run_in_child(const std::function<int()>& function) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  check(child, "fork");
  if (child == 0) {
    int code = expectation_failed;
    try {
      code = function();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "An exception left the network namespace: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) refuse("waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

void Socket::reset() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Socket listen_on_loopback() {
  Socket made = bound_to_loopback(SOCK_STREAM);
  check(::listen(made.get(), SOMAXCONN), "listen");
  return made;
}

Socket bind_udp_on_loopback() { return bound_to_loopback(SOCK_DGRAM); }

std::uint16_t port(const Socket& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

std::pair<Socket, Socket> connected_pair() {
  const Socket listener = listen_on_loopback();
  Socket near(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(near.get(), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port(listener));
  check(::connect(near.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  Socket far(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  check(far.get(), "accept");
  return {std::move(near), std::move(far)};
}

std::string why_no_network_namespace() {
#if defined(__SANITIZE_THREAD__)
  return "ThreadSanitizer runs a thread of its own, and only a process with one thread may make a user "
         "namespace.";
#else
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  const Socket from(ends[0]);
  Socket to(ends[1]);
  run_in_child([&to] {
    const std::string why = enter_namespace();
    return ::write(to.get(), why.data(), why.size()) < 0 ? not_possible : all_well;
  });
  to.reset();
  char text[256];
  const ssize_t length = ::read(from.get(), text, sizeof text);
  return {text, length < 0 ? 0 : static_cast<std::size_t>(length)};
#endif
}

void in_network_namespace(const std::function<void()>& body) {
  const int code = run_in_child([&body] {
    if (const std::string why = enter_namespace(); !why.empty()) {
      std::fprintf(stderr, "%s\n", why.c_str());
      return not_possible;
    }
    body();
    return testing::Test::HasFailure() ? expectation_failed : all_well;
  });
  if (code == expectation_failed)
    ADD_FAILURE() << "An expectation failed in the network namespace; see above.";
  if (code == not_possible)
    ADD_FAILURE() << "No network namespace here; ask why_no_network_namespace() first.";
  if (code < 0) ADD_FAILURE() << "The process in the network namespace was ended by signal " << -code << '.';
  if (code > 0 && code != expectation_failed && code != not_possible) {
    ADD_FAILURE() << "The process in the network namespace left with exit code " << code << '.';
  }
}

}  // namespace lln::testkit
