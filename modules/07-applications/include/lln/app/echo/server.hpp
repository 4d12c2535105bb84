// EchoServer: answers the echo protocol over TCP, UDP and Unix sockets, all at once where asked.
//
// Threads    run() in one thread, which becomes the first worker; further workers are its own. stop() from any thread
//            and from a signal handler. Everything else before run() or after it.
// Guarantees Each request that arrived whole is answered, in its stream's order. No client can make the server use more
//            memory than Options says, block it, or stop another client's answers:
//              reads no answers       no more of its requests are read; ended after stall_timeout
//              begins a request only  ended after stall_timeout
//              sends garbage          what came before is answered, then a goodbye says what was wrong
//              stops sending          (half-close) gets all its answers, then the end
//              vanishes               its connection is given back at once, or after idle_timeout if nobody tells
//              floods                 served in turns with the others
//              one connection more    gets a goodbye (server_full)
// Shutdown   stop(): connections in the queue are still accepted, what has arrived is still answered, each stream gets
//            a goodbye (shutting_down); no longer than `drain`, then what is left is cut off and counted.
// Allocation Everything in the constructor and at the start of run(); serving allocates nothing.
// Errors     The constructor throws std::system_error with what was attempted, std::invalid_argument for options that
//            make no sense. run() does not throw for anything that a client or the network does.
// Cost       README.md, "Measuring an echo server".
#pragma once

#include <lln/app/echo/protocol.hpp>
#include <lln/app/echo/report.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/net/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lln::app {

namespace detail {
class DatagramPort;
}

// How a worker learns that there is something to do.
enum class EchoBackend {
  epoll,       // sleeps in epoll_wait(2), edge-triggered: the choice for many clients
  epoll_spin,  // asks epoll without ever sleeping: many clients, and a core for the server alone
  spin,        // asks each socket in turn, without epoll: the least latency for a handful of clients
  io_uring,    // system calls by shared rings; buffers chosen by the kernel when bytes come
};

std::string_view name_of(EchoBackend backend) noexcept;
// "" when the machine has it, else why not.
std::string why_not(EchoBackend backend);
std::string why_not_xdp();

// Where a request's server_rx comes from.
enum class EchoStamps {
  program,   // the clock, when the request has been read
  kernel,    // when the network stack got it: with the wait to be read
  hardware,  // when the NIC got it, on CLOCK_REALTIME: with its interrupt, too. What has none: the kernel's.
};

struct EchoOptions {
  // At least one of the three. Port 0: any free one; see EchoServer::tcp(), udp().
  std::optional<net::Endpoint> tcp = {};
  std::optional<net::Endpoint> udp = {};
  std::string unix_path = {};  // a path, or "@name" for one that is no file and vanishes with the server

  // An interface whose UDP frames for the port of `udp` are taken before the kernel's network stack, by AF_XDP, whatever
  // the back end: also those for other addresses than udp's. What comes through other interfaces goes the normal way.
  std::string xdp_interface = {};
  bool xdp_native = false;  // in the driver, and without a copy where that can be had; else in generic mode

  // Serves the datagrams of `udp` instead of sockets, by the first worker, which has to spin: see lln/app/echo/dpdk.hpp.
  std::function<std::unique_ptr<detail::DatagramPort>(const EchoOptions&, EchoReport&)> datagram_port = {};

  EchoBackend backend = EchoBackend::epoll;
  unsigned threads = 1;
  std::vector<int> cpus = {};         // of the workers in turn; empty: wherever the scheduler puts them
  jitter::ThreadOptions thread = {};  // of each worker; `cpu` comes from the list above
  std::optional<std::chrono::microseconds> busy_poll =
      {};  // SO_BUSY_POLL; real only where the device has NAPI

  EchoStamps stamps = EchoStamps::program;  // of datagrams; those of streams are the program's
  // Whose hardware stamps; "": the one that has the address of `udp`, which is then not 0.0.0.0.
  std::string interface = {};
  // EchoReport::departures: one more system call for each answer. With `stamps` other than program.
  bool departures = false;

  std::size_t max_connections = 1024;
  std::size_t buffers =
      256;  // of echo_buffer_size, for requests and answers that wait; shared by the connections
  std::size_t max_payload = 16 * 1024;
  int tcp_send_buffer_bytes = 0;  // 0: the kernel's choice

  std::chrono::milliseconds stall_timeout{5000};  // to fetch the answers of one read, to finish a request
  std::chrono::milliseconds idle_timeout{0};      // without any request; 0: for ever
  std::chrono::milliseconds linger{1000};         // between a goodbye and the client's own end
  std::chrono::milliseconds drain{2000};          // stop() takes no longer
};

inline constexpr std::size_t echo_buffer_size = 32 * 1024;

class EchoServer {
 public:
  // Sockets listen when the constructor returns: a client may connect before run().
  explicit EchoServer(const EchoOptions& options);
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  const std::optional<net::Endpoint>& tcp() const noexcept;
  const std::optional<net::Endpoint>& udp() const noexcept;
  // Which stamps datagrams get, and why not better ones; "" for EchoStamps::program.
  const std::string& stamps() const noexcept;

  // Serves until stop(), drains, and reports. Once.
  EchoReport run();
  // Async-signal-safe; remembered when it comes before run().
  void stop() noexcept;

  // Now; for a look from outside, from any thread.
  std::size_t open_connections() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lln::app
