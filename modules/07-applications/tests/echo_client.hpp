// A server in a thread, and clients that talk to it with plain blocking sockets and a patience that only failures use up.
#pragma once

#include "echo_messages.hpp"

#include <lln/app/echo/server.hpp>
#include <lln/net/stream_socket.hpp>
#include <lln/net/tcp_stream.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <tuple>

namespace lln::app::test {

using namespace std::chrono_literals;
inline constexpr auto patience = std::chrono::milliseconds(20'000);

enum class Transport { tcp, unix_stream };

inline std::string unique_name() {
  static std::atomic<int> number{0};
  return "@lln-echo-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

// Runs until it is stopped or goes.
class Running {
 public:
  explicit Running(EchoOptions options)
      : options_(std::move(options)), server_(options_), thread_([this] { report_ = server_.run(); }) {}
  ~Running() { stop(); }
  const EchoReport& stop() {
    server_.stop();
    return wait();
  }
  const EchoReport& wait() {
    if (thread_.joinable()) thread_.join();
    return report_;
  }
  EchoServer& server() noexcept { return server_; }
  const EchoOptions& options() const noexcept { return options_; }

 private:
  EchoOptions options_;
  EchoServer server_;
  EchoReport report_;
  std::thread thread_;
};

inline net::StreamSocket connect_unix(const std::string& name) {
  net::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    if (errno != EAGAIN && errno != EINTR) return net::StreamSocket(net::FileDescriptor());
    std::this_thread::yield();  // the queue of connections is full
  }
  return net::StreamSocket(std::move(fd));
}

class Client {
 public:
  Client(Running& running, Transport transport, int receive_buffer = 0)
      : socket_(transport == Transport::tcp
                    ? net::StreamSocket(net::TcpStream::connect(*running.server().tcp(),
                                                                {.receive_buffer_bytes = receive_buffer}))
                    : connect_unix(running.options().unix_path)) {}

  bool send(const Bytes& bytes) { return socket_.send_all(bytes, patience); }
  // The next message; empty: the stream ended or broke.
  std::optional<Message> receive() {
    Bytes bytes(echo_header_size);
    if (!socket_.receive_all(bytes, patience)) return std::nullopt;
    EchoHeader header;
    decode_echo(bytes, header);
    Message message{header, Bytes(header.length)};
    if (header.length > 0 && !socket_.receive_all(message.payload, patience)) return std::nullopt;
    return message;
  }
  // One request and its answer.
  bool echo(std::uint64_t id, std::size_t payload = 24) {
    if (!send(request(id, payload))) return false;
    const auto answer = receive();
    return answer && answer->answers(id) && answer->header.length == payload;
  }
  // Whether the stream has ended properly: nothing more, and no reset.
  bool at_end() {
    std::byte byte;
    const auto count = socket_.receive(std::span(&byte, 1), patience);
    return count && *count == 0;
  }
  net::StreamSocket& socket() noexcept { return socket_; }

 private:
  net::StreamSocket socket_;
};

// A test of every back end over both kinds of stream.
class EchoTest : public ::testing::TestWithParam<std::tuple<EchoBackend, Transport>> {
 public:
  static std::string name(const ::testing::TestParamInfo<ParamType>& info) {
    std::string name(name_of(std::get<0>(info.param)));
    for (char& c : name) c = c == '-' ? '_' : c;
    return name + (std::get<1>(info.param) == Transport::tcp ? "_tcp" : "_unix");
  }

 protected:
  void SetUp() override {
    if (const std::string why = why_not(backend()); !why.empty())
      GTEST_SKIP() << name_of(backend()) << ": " << why;
  }
  EchoBackend backend() const { return std::get<0>(GetParam()); }
  Transport transport() const { return std::get<1>(GetParam()); }
  EchoOptions options() const {
    EchoOptions options;
    options.backend = backend();
    options.buffers = 8;
    options.max_connections = 64;
    if (transport() == Transport::tcp) {
      options.tcp = net::Endpoint::parse("127.0.0.1:0");
    } else {
      options.unix_path = unique_name();
    }
    return options;
  }
};

inline auto all_back_ends() {
  return ::testing::Combine(::testing::Values(EchoBackend::epoll, EchoBackend::spin, EchoBackend::io_uring),
                            ::testing::Values(Transport::tcp, Transport::unix_stream));
}

}  // namespace lln::app::test
