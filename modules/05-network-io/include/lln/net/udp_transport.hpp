// UDP in batches, with a receiver thread that hands datagrams to a callback where the kernel put them.
//
//   UdpTransport server({.local = Endpoint::parse("0.0.0.0:4000")});
//   server.start([&](std::span<const UdpTransport::Datagram> batch) {
//     for (const auto& datagram : batch) server.send_to(datagram.bytes, datagram.from);
//   });
//   ...
//   server.stop();
//
// Threads: receiving belongs to one thread: the receiver thread between start() and stop(), else whoever calls
//   receive(). Sending belongs to one thread, which may be the same (the callback) or another one; the two do not
//   disturb each other. Set-up, start(), stop() and the destructor: one thread. received() and receive_errors(): any.
// Guarantees: set-up throws std::system_error that says what was attempted; everything after it is noexcept and
//   allocates nothing. Datagrams are not copied: their bytes are valid until the callback returns, or until the next
//   receive(). After stop() no callback runs, and what the last one wrote is visible. A callback must not throw
//   (std::terminate) and may call stop(): then it is the last one.
// Waiting: `sleep` blocks in recvmmsg(2), which is one system call a batch and where SO_BUSY_POLL is honoured (poll(2)
//   ignores it); the socket's SO_RCVTIMEO wakes the thread every 20 ms to see whether it shall stop. `spin` asks
//   without end and keeps a CPU busy.
// The thread is an ordinary one. To pin it or to give it a priority, run() on a thread of your own, inside of a
//   lln::jitter::ThreadSetup.
// Cost: one recvmmsg(2) a batch, one sendto(2) a single datagram, one sendmmsg(2) a flush().
// Source: udp(7), recvmmsg(2), sendmmsg(2), socket(7), ip(7).
#pragma once

#include <lln/net/detail/drop_counter.hpp>
#include <lln/net/detail/message_batch.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/interface.hpp>
#include <lln/net/udp_socket.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace lln::net {

class UdpTransport {
 public:
  enum class Waiting { sleep, spin };

  struct Options {
    Endpoint local = {};  // 0.0.0.0 = every address; port 0 = any free one, see local_endpoint()
    std::optional<Endpoint> peer = {};  // connected: to and from this one only, and its ICMP errors are seen
    unsigned batch = 32;                // datagrams per system call, each way, 1..1024
    std::size_t max_datagram = 2048;    // bytes, each way, at most 65507; longer ones arrive cut and flagged
    Waiting waiting = Waiting::sleep;
    std::optional<std::chrono::microseconds> busy_poll = {};  // real only where napi_id() is not 0
    int tos = 0;                                              // the IP header's DSCP/ECN byte, 0..255
    int receive_buffer_bytes = 0;                             // 0 = the system's default
    int send_buffer_bytes = 0;
    bool reuse_address = false;  // several receivers of one group and port, all of which get everything
    bool reuse_port = false;     // several receivers of one port, among which the kernel divides the senders
  };

  struct Datagram {
    std::span<const std::byte> bytes;
    Endpoint from;
    bool truncated;  // was longer than max_datagram
  };
  using Callback = std::function<void(std::span<const Datagram>)>;  // one call a batch, never an empty one

  explicit UdpTransport(const Options& options);
  ~UdpTransport() { stop(); }
  UdpTransport(const UdpTransport&) = delete;
  UdpTransport& operator=(const UdpTransport&) = delete;

  // Receives what is sent to the group and arrives on this interface, from `source` only when one is given. Groups
  // that other sockets of this host have joined do not leak in. Bind to 0.0.0.0 and the group's port.
  void join(Ipv4Address group, const Interface& interface, std::optional<Ipv4Address> source = {});
  // Where datagrams to groups leave. `ttl`: routers to cross + 1; `loop`: receivers on this host get them too.
  void send_multicast_through(const Interface& interface, int ttl = 1, bool loop = true);

  // Makes the receiver thread. std::logic_error: there is one.
  void start(Callback callback);
  // Ends it, or a run(), and waits until it is gone; from within the callback only asks for it. Twice is once.
  void stop() noexcept;
  bool running() const noexcept { return running_.load(std::memory_order_acquire); }
  // What the receiver thread does, on the calling thread, until another one or the callback calls stop(). A stop() that
  // comes first ends it at once.
  void run(const Callback& callback);
  // What has arrived, at most `batch`; empty = nothing. Never waits. Not while running().
  std::span<const Datagram> receive() noexcept { return receive_with(MSG_DONTWAIT); }

  // One datagram, at once; false: refused and counted. Never waits (EAGAIN: the send buffer is full). send() is for
  // connected ones.
  bool send(std::span<const std::byte> bytes) noexcept { return count_refusal(socket_.send(bytes)); }
  bool send_to(std::span<const std::byte> bytes, const Endpoint& to) noexcept {
    return count_refusal(socket_.send_to(bytes, to));
  }

  // The next datagram's memory, max_datagram bytes; empty when `batch` datagrams wait for flush(). Asking again before
  // commit() gives the same memory.
  std::span<std::byte> loan() noexcept;
  // The loaned datagram is complete, has this many bytes, and goes to the connected peer, or to `to`.
  void commit(std::size_t bytes) noexcept;
  void commit(std::size_t bytes, const Endpoint& to) noexcept;
  // Sends all that wait, normally by one sendmmsg(2), waiting for room in the send buffer; returns how many the kernel
  // took. The others are counted and dropped.
  std::size_t flush() noexcept;

  // Datagrams given out, and failed receives (a closed port at the peer, told by ICMP, is one).
  std::uint64_t received() const noexcept { return received_.load(std::memory_order_relaxed); }
  std::uint64_t receive_errors() const noexcept { return receive_errors_.load(std::memory_order_relaxed); }
  // Datagrams that the kernel refused to send, and errno of the newest; 0 = there was none.
  std::uint64_t send_errors() const noexcept { return send_errors_.count; }
  int last_send_error() const noexcept { return send_errors_.last; }
  // Datagrams that the kernel dropped because the receive buffer was full; asks it (getsockopt).
  std::uint64_t kernel_drops() noexcept;
  // NAPI instance through which the newest datagram came; 0 = none, so busy polling does nothing.
  unsigned napi_id() const noexcept;

  Endpoint local_endpoint() const { return socket_.local_endpoint(); }
  int fd() const noexcept { return socket_.fd(); }

 private:
  std::span<const Datagram> receive_with(int flags) noexcept;
  void loop(const Callback& callback) noexcept;
  void claim();
  bool count_refusal(bool sent) noexcept;
  void commit(std::size_t bytes, sockaddr_in* to) noexcept;

  UdpSocket socket_;
  Waiting waiting_;
  std::size_t max_datagram_;

  // The receiving thread's.
  detail::MessageBatch in_;
  std::vector<sockaddr_in> senders_;
  std::vector<Datagram> datagrams_;
  std::atomic<std::uint64_t> received_{
      0};  // written by one thread: a load and a store, no locked instruction
  std::atomic<std::uint64_t> receive_errors_{0};

  // The sending thread's, on cache lines of its own.
  alignas(64) detail::MessageBatch out_;
  std::vector<sockaddr_in> receivers_;
  std::size_t pending_ = 0;
  detail::SendErrors send_errors_;

  // The owner's.
  alignas(64) detail::DropCounter drops_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace lln::net
