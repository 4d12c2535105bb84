// io_uring: operations are asked for once and finish many times; one system call hands over all of both.
//
// Receiving is multishot: receive_stream() and receive_datagrams() go on until they are stopped, and each finished part
// comes in a buffer that the kernel has taken from a ring of buffers (registered by the loop, given back by it).
// Sending takes memory that the loop lends and has registered.
//
//   UringLoop loop({});
//   loop.receive_datagrams(socket.fd(), tag);
//   for (;;) {
//     for (const UringEvent& event : loop.wait(-1ms)) {       // borrowed until the next wait() or poll()
//       const auto memory = loop.loan();
//       std::memcpy(memory.data(), event.bytes.data(), event.bytes.size());
//       loop.send_to(socket.fd(), event.from, event.bytes.size(), other_tag);
//     }
//   }                                                          // what was asked for goes out with the next wait()
//
// The kernel's side of the completions runs when this thread enters the kernel (DEFER_TASKRUN), not by interrupting it;
//   a poll() with nothing to do sees that in shared memory (TASKRUN_FLAG) and is no system call.
// With `sqpoll` a thread of the kernel looks for work instead, so that nothing is a system call: it spins, on a CPU of
//   its own. With two CPUs and two peers there are four spinning threads on two CPUs, and every answer waits for the
//   scheduler: lab 06 shows it. It pays where cores are plenty.
// Streams: have one send on its way for each, or parts of two may change places.
// Threads: one: the one that made it (the kernel refuses others with DEFER_TASKRUN).
// Privileges: none, unless the machine forbids io_uring (kernel.io_uring_disabled, seccomp): why_not(). Registered memory
//   counts as locked (RLIMIT_MEMLOCK).
// Guarantees: construction throws std::system_error; all other calls are noexcept and allocate nothing. Descriptors stay
//   the caller's: stop() first, close when the last event has come.
// Cost: a round trip beside sockets: lab 06. Source: io_uring(7), io_uring_enter(2), io_uring_register(2).
#pragma once

#include <lln/net/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lln::net {

struct UringEvent {
  enum class Kind : std::uint8_t { accepted, received, sent };

  std::uint64_t tag = 0;  // as given with the operation
  int result = 0;         // accepted: a descriptor, now the caller's; else bytes; negative: -errno
  Kind kind = Kind::received;
  bool last = false;       // nothing more comes of this operation: peer gone (result 0), stopped, or an error
  bool truncated = false;  // the datagram was longer than a buffer
  std::span<const std::byte> bytes;    // received
  Endpoint from;                       // of a datagram
  std::span<const std::byte> control;  // its control messages (cmsg(3)), if there is room for them
};

class UringLoop {
 public:
  struct Options {
    unsigned entries = 256;          // operations between two system calls; a power of two
    unsigned buffers = 256;          // for receiving; a power of two, at most 32768
    std::size_t buffer_size = 2048;  // datagrams: 32 bytes of it are the kernel's
    std::size_t control_size = 0;    // of it for the control messages of a datagram: time stamps and the like
    unsigned sends = 256;            // on their way at the same time
    unsigned sources = 1024;         // accept and receive operations at the same time
    std::optional<int> sqpoll = {};  // the CPU on which the kernel's thread spins
  };
  using Source = unsigned;  // an accept or receive operation, until its last event

  static constexpr std::size_t batch = 64;  // most events of one call

  // Empty where a loop can be made; else one sentence for a skip. Tries it.
  static std::string why_not();

  explicit UringLoop(const Options& options);
  ~UringLoop();  // ends all operations; descriptors stay open
  UringLoop(UringLoop&&) noexcept;
  UringLoop& operator=(UringLoop&&) noexcept;

  // Each goes on until its last event. Empty: `sources` of them are there already.
  std::optional<Source> accept(int listener, std::uint64_t tag) noexcept;
  std::optional<Source> receive_stream(int fd, std::uint64_t tag) noexcept;
  std::optional<Source> receive_datagrams(int fd, std::uint64_t tag) noexcept;
  // The last event comes, with -ECANCELED or what was first.
  void stop(Source source) noexcept;

  // Memory of buffer_size for one message; empty: `sends` are on their way. Lent again until it is sent.
  std::span<std::byte> loan() noexcept;
  // Send the first `size` bytes of it. False: nothing was lent. The event says how many went; of a stream all, or an
  // error came in between.
  bool send(int fd, std::size_t size, std::uint64_t tag) noexcept;
  bool send_to(int fd, const Endpoint& to, std::size_t size, std::uint64_t tag) noexcept;
  // As write(2) from registered memory: the kernel does not look up its pages again. For connected datagram sockets:
  // a write to a stream whose reader has gone raises SIGPIPE, which send() does not.
  bool send_registered(int fd, std::size_t size, std::uint64_t tag) noexcept;

  // Hands over what was asked for, returns what has finished, without waiting.
  std::span<const UringEvent> poll() noexcept;
  // The same, and sleeps until there is something, time is up (negative: for ever) or a signal comes.
  std::span<const UringEvent> wait(std::chrono::milliseconds timeout) noexcept;

  // While waiting, look at the device for so long (needs NAPI there, and a kernel from 6.9 on). False: refused.
  bool set_busy_poll(std::chrono::microseconds time) noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lln::net
