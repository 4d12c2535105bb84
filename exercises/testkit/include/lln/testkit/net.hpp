// Sockets for tests: on the loopback, on ports that the kernel chooses, and a network of the test's own.
//
//   Socket server = listen_on_loopback();              // TCP; port(server) is where
//   auto [near, far] = connected_pair();               // two ends of a TCP connection
//   Socket udp = bind_udp_on_loopback();
//
//   if (const std::string why = why_no_network_namespace(); !why.empty()) GTEST_SKIP() << why;
//   in_network_namespace([] { ... });                  // lo alone, up; root inside, nobody outside
//
// Never a fixed port: two tests run at once. The functions throw std::system_error where the kernel refuses.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace lln::testkit {

class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  ~Socket() { reset(); }
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      reset();
      descriptor_ = other.release();
    }
    return *this;
  }

  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  void reset();

 private:
  int descriptor_;
};

Socket listen_on_loopback();
Socket bind_udp_on_loopback();
std::pair<Socket, Socket> connected_pair();  // the connecting end, the accepted end
std::uint16_t port(const Socket& socket);    // in host order

// Empty when a user may make a network namespace here; else one sentence for GTEST_SKIP.
std::string why_no_network_namespace();

// Runs the body in a child process, in a network namespace (and user namespace) of its own, with the loopback
// up. Expectations that fail there fail the test; their text is in the output. What the body changes in
// memory stays in the child.
void in_network_namespace(const std::function<void()>& body);

}  // namespace lln::testkit
