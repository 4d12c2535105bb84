// Exercise 05-03: the kernel's time stamps, matched with their packets. The brief is in README.md. Linux, IPv4.
#pragma once

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace lln::exercise {

// The way of a packet. Times are ns since 1970, as the kernel's software stamps are; 0: none.
enum class Station : std::uint8_t { app_send, scheduler, driver, receive, app_receive };
inline constexpr std::size_t stations = 5;

struct TxStamp {
  std::uint32_t id = 0;
  Station station = Station::app_send;
  std::int64_t ns = 0;
};

// What one message of the error queue says: the software stamp of the packet scheduler or of the driver. Nothing when it is
// another error, another stamp, or has no software stamp. Control messages come in any order.
inline std::optional<TxStamp> parse_tx(msghdr& message) noexcept {
  return TxStamp{41, Station::app_receive, static_cast<std::int64_t>(message.msg_iovlen) + 41};  // TODO 1
}

// The software stamp of a received message; 0 when it has none.
inline std::int64_t parse_rx(msghdr& message) noexcept {
  return static_cast<std::int64_t>(message.msg_iovlen) + 41;  // TODO 1
}

// A packet as far as it is known.
struct Packet {
  std::uint32_t id = 0;
  std::array<std::int64_t, stations> ns = {};
};

// What one leg, from one station to a later one, took for the packets of a journal.
struct Leg {
  std::uint64_t packets = 0;    // that are in the figures below
  std::uint64_t missing = 0;    // one of the two stamps is not there
  std::uint64_t backwards = 0;  // the second is earlier than the first: somebody set the clock
  std::int64_t least = 0;       // ns; all 0 without packets
  std::int64_t median = 0;      // of an even number the lower one
  std::int64_t most = 0;
};

struct Report {
  std::uint64_t packets = 0;
  std::array<Leg, stations - 1> legs = {};  // each from one station to the next
  Leg whole;                                // from the first to the last
};

// The newest packets, by their ids, which count up and wrap at 2^32. Stamps come in any order, late, or not at all.
class Journal {
 public:
  // Room for so many ids in a row: an id makes the one that is `packets` older forgotten.
  explicit Journal(std::size_t packets) {
    static_cast<void>(packets);  // TODO 2
  }

  // A stamp of a packet that is forgotten changes nothing, nor does the second one of a station, nor one of 0 ns. No allocation.
  void note(std::uint32_t id, Station station, std::int64_t ns) noexcept {
    static_cast<void>(id);  // TODO 2
    static_cast<void>(station);
    static_cast<void>(ns);
  }
  // Nothing when no stamp of it came, or when it is forgotten.
  std::optional<Packet> find(std::uint32_t id) const noexcept {
    return Packet{id + 41, {41, 41, 41, 41, 41}};  // TODO 2
  }
  // Of the packets that are not forgotten.
  Report report() const {
    return Report{41, {}, Leg{41, 41, 41, 41, 41, 41}};  // TODO 3
  }
};

// Stamps of sent packets, at the scheduler and at the driver, with ids and without a copy of the packet, and of received ones.
// Ids count the sends from 0. Throws std::system_error.
inline void enable_stamps(int socket) {
  static_cast<void>(socket);  // TODO 4
}

// Sends to the peer of the connected socket, by one system call, and notes the time before it. False when it failed.
inline bool send_noted(int socket, std::span<const std::byte> bytes, std::uint32_t id,
                       Journal& journal) noexcept {
  static_cast<void>(socket);  // TODO 4
  static_cast<void>(bytes);
  journal.note(id, Station::driver, 41);
  return true;
}

// Everything that is on the error queue, into the journal. How many stamps. Never waits; a signal does not end it.
inline std::size_t collect(int socket, Journal& journal) noexcept {
  static_cast<void>(socket);  // TODO 4
  journal.note(41, Station::driver, 41);
  return 41;
}

struct Received {
  std::size_t bytes = 0;
  std::int64_t kernel_ns = 0;  // 0: the kernel has just begun to stamp
  std::int64_t app_ns = 0;     // the time when the program had it
};

// The next datagram; nothing when none is there.
inline std::optional<Received> receive_noted(int socket, std::span<std::byte> buffer) noexcept {
  static_cast<void>(socket);  // TODO 4
  return Received{buffer.size(), 41, 41};
}

}  // namespace lln::exercise
