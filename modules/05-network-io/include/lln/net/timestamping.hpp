// SO_TIMESTAMPING: when the kernel saw a packet of a socket, on its way out and on its way in.
//
// Out: for each send() the kernel queues a copy of the packet's place in life (no payload) on the socket's *error queue*:
//   scheduled     handed to the queueing discipline: system call and protocol are over
//   sent          handed to the device: what waited in a queue has waited
//   acknowledged  TCP only: the peer's kernel has the last byte
// In: recvmsg(2) brings beside the bytes when they came out of the device.
//
// Which send() a stamp belongs to is told by its id (OPT_ID), which counts from the construction of this object:
//   datagrams     0, 1, 2, ... a send() each; sendmmsg(2): each message; a UDP_SEGMENT super-packet: one for all of it
//   TCP           the offset in the stream of the send's *last byte*: 10-byte sends have 9, 19, 29, ...
// id_of_send() does that sum. Before Linux 6.2 the offset counts from the first byte that was not acknowledged at the
// construction. Sends that TCP puts into one segment share the stamp of the last one.
//
// Software stamps are CLOCK_REALTIME: compare them with that clock only, on one machine. Hardware stamps are the device's
// own clock (/dev/ptpN) and comparable with neither; timestamp_support() says whether any will come.
//
// Traps, all of them real:
// - poll(2) reports POLLERR whenever a stamp waits, asked or not: a loop that sleeps in poll() and never reads the stamps
//   spins instead. So does an io loop that takes POLLERR for the end of a connection.
// - The error queue is charged to the *receive* buffer (SO_RCVBUF). When it is full, stamps are dropped and nobody is
//   told, so read them often and count those that are missing (PacketLives does).
// - The first packets may come without a receive stamp: the kernel switches stamping on in the background.
// - TCP merges segments that wait in the receive buffer, and keeps the stamp of the last one: only a read that takes the
//   last byte of what was merged brings a stamp. It is right; the ones that are missing belong to messages that waited.
// - A stamp is not a promise: a packet that a queue or device drops has a "scheduled" and nothing more.
//
// Threads: an object belongs to one thread, and so does its socket: SO_TIMESTAMPING and the ids are the socket's.
// Guarantees: next_transmit(), receive() are one system call each, noexcept, without allocation, and never block. The
//   descriptor is not owned. Nothing to undo: the setting goes with the socket.
// Cost: labs/05-the-life-of-a-packet measures what looking costs, on your machine.
// Source: Linux Documentation/networking/timestamping.rst.
#pragma once

#include <lln/net/interface.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace lln::net {

enum class Station : std::uint8_t { scheduled, sent, acknowledged };

struct TransmitStamp {
  std::uint32_t id;          // see above; wraps around at 2^32
  Station station;           //
  std::int64_t time_ns;      // CLOCK_REALTIME; 0 = only the hardware's
  std::int64_t hardware_ns;  // the device's clock; 0 = none

  friend bool operator==(const TransmitStamp&, const TransmitStamp&) = default;
};

class Timestamping {
 public:
  struct Options {
    bool receive = false;
    bool scheduled = false;
    bool sent = false;
    bool acknowledged = false;  // TCP; refused on datagrams
    bool hardware = false;      // besides, the device's stamps of `receive` and `sent`
  };

  struct Received {
    std::size_t bytes;
    std::int64_t kernel_ns;    // 0 = no stamp
    std::int64_t hardware_ns;  // 0 = no stamp
    bool truncated;            // a datagram that was longer than the buffer
  };

  // Sets the socket's options to exactly these, and its ids to 0. TCP must be connected by then. Throws
  // std::invalid_argument (acknowledged without TCP) and std::system_error.
  Timestamping(int fd, const Options& options);

  // The id of the send() that has just succeeded; call it once after each. `bytes`: what send() returned, not 0.
  std::uint32_t id_of_send(std::size_t bytes) noexcept {
    next_id_ += stream_ ? static_cast<std::uint32_t>(bytes) : 1U;
    return next_id_ - 1;
  }

  // The oldest stamp on the error queue. Empty: nothing there (last_error() == EAGAIN) or an error.
  std::optional<TransmitStamp> next_transmit() noexcept;
  // Sleeps until a stamp (or another error) waits; false: the time is over. Negative = for ever.
  bool wait_transmit(std::chrono::milliseconds timeout) noexcept;
  // Entries of the error queue that were no stamps, and have been thrown away: ICMP errors, zero-copy notices.
  std::uint64_t foreign() const noexcept { return foreign_; }

  // recv(2), with the stamp. Empty: nothing there (last_error() == EAGAIN) or an error. TCP: 0 bytes = the end.
  std::optional<Received> receive(std::span<std::byte> buffer) noexcept;

  bool is_stream() const noexcept { return stream_; }
  int last_error() const noexcept { return last_error_; }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
  bool receive_;
  bool stream_;
  std::uint32_t next_id_ = 0;
  std::uint64_t foreign_ = 0;
  int last_error_ = 0;
};

// CLOCK_REALTIME, in nanoseconds: what software stamps are compared with.
std::int64_t realtime_ns() noexcept;

// What an interface says about its stamps, so that nobody waits for hardware stamps that never come: setsockopt accepts
// RX_HARDWARE on every interface, also where no hardware is; the stamps are then simply missing. The honest answer comes
// from the driver: ETHTOOL_GET_TS_INFO (what it could do) and SIOCGHWTSTAMP (whether its receive filter has been switched
// on, which needs CAP_NET_ADMIN and is system-wide). Needs no privileges.
struct TimestampSupport {
  bool software_receive = false;  // the kernel stamps on reception
  bool hardware_receive = false;  // the device can stamp
  bool hardware_enabled = false;  // ... and its receive filter is on now
  int phc_index = -1;             // /dev/ptp<index>, the clock of the hardware stamps; -1 = none
  std::string detail;             // one sentence: what is there and, if hardware stamps are not on, why
};

// Never throws for a device that cannot answer: `detail` says so.
TimestampSupport timestamp_support(const Interface& interface);

}  // namespace lln::net
