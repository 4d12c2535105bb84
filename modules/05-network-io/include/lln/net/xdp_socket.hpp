// AF_XDP: whole Ethernet frames of one device queue, handed over in memory that the process shares with the kernel.
//
// A small XDP program on the interface sends UDP frames for one port, or for some addresses and ports (IPv4, no options,
// no fragments, no VLAN tag), to this socket; every other frame goes the kernel's normal way. Nobody else sees the chosen frames: no firewall, no
// UDP socket, no tcpdump on generic mode's far side. Building and reading frames: lln/net/udp_frame.hpp.
//
//   XdpSocket socket({.interface = "far0", .port = 7000});
//   for (;;) {
//     for (XdpFrame& frame : socket.receive()) {           // borrowed until the next receive()
//       const auto request = parse_udp_frame(frame.bytes);
//       if (request && write_udp_headers(frame.bytes, request->path.reversed(), request->payload.size()) != 0)
//         socket.send_back(frame);                          // the same memory goes out again: nothing is copied here
//     }
//     socket.flush();                                       // one system call for all of them
//   }
//
// Modes: XdpMode::native runs the program in the driver, generic (any device, loopback too) after the kernel has made
//   its own packet. Zero copy, where the device itself reads and writes our memory, is asked for with `zero_copy`;
//   refused, the kernel copies each frame once. got() says what it is; nothing is pretended.
// Stamps: no socket buffer is made, so the kernel stamps nothing. With `stamps` the program itself notes the time of
//   day in front of each frame: in the driver, or where generic mode has it. Devices without room there give none.
// Multicast: the program takes frames that the device lets in; asking the network for them (IGMP) is a join on an
//   ordinary socket's part.
// Queue: the socket sees one receive queue. On a device with several, steer the flow there (ethtool -N) or use one queue.
// Threads: one. The network namespace is the constructing thread's.
// Privileges: CAP_NET_RAW and CAP_BPF with CAP_NET_ADMIN, in the initial user namespace: really root. why_not() tries.
// Undo: socket, memory, program and its attachment belong to descriptors of this process and go with it, kill -9 too.
// Allocation: construction only. receive() to flush() are noexcept; wait() too.
// Cost: a round trip with AF_XDP at both ends of a veth pair beside sockets: lab 06.
// Source: Documentation/networking/af_xdp.rst of the kernel, linux/if_xdp.h, bpf(2).
#pragma once

#include <lln/net/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lln::net {

enum class XdpMode { generic, native };
const char* to_string(XdpMode mode) noexcept;

// A received frame. Its bytes may be changed, and sent back; `bytes` may be made shorter for that, not longer.
struct XdpFrame {
  std::span<std::byte> bytes;
  std::uint64_t address = 0;  // of its memory, for the socket
  std::int64_t kernel_ns =
      0;  // CLOCK_REALTIME, by the XDP program; 0: not asked for, or the device has no room
};

class XdpSocket {
 public:
  struct Options {
    std::string interface;
    std::uint16_t port = 0;  // UDP destination port whose frames come here; 0: all UDP frames
    std::vector<Endpoint> destinations = {};  // instead of `port`: these come here, at most 16
    std::optional<Ipv4Address> source = {};   // besides, from this sender only
    bool stamps = false;                      // see kernel_ns
    std::uint32_t queue = 0;
    XdpMode mode = XdpMode::generic;
    bool zero_copy = false;  // try it first
    // 2048 bytes each; a power of two, 64 or more. At most half of them lie ready for receiving.
    std::uint32_t frames = 1024;
  };

  struct Got {
    XdpMode mode;
    bool zero_copy;
  };

  struct Statistics {
    std::uint64_t dropped;    // frames that came and were lost, for whatever reason
    std::uint64_t no_memory;  // those of them that found the fill ring empty: nobody called receive() in time
    std::uint64_t invalid_sends;  // descriptors that the kernel refused
  };

  static constexpr std::size_t frame_size = 2048;
  static constexpr std::size_t batch = 64;  // most frames of one receive()

  // Empty where an XdpSocket can be made by this process; else one sentence for a skip. Tries the system calls.
  static std::string why_not();

  // Throws std::system_error, std::invalid_argument. From now on the chosen frames come here.
  explicit XdpSocket(const Options& options);
  ~XdpSocket();
  XdpSocket(XdpSocket&&) noexcept;
  XdpSocket& operator=(XdpSocket&&) noexcept;

  // What has arrived, without waiting. Takes back the memory of the batch before, but for frames sent back.
  std::span<XdpFrame> receive() noexcept;
  // Sleeps until a frame is there or time is up; negative: for ever. False: nothing there, or a signal came.
  bool wait(std::chrono::milliseconds timeout) noexcept;

  // Queues a frame of the last batch for sending, with its bytes as they are now. False: the ring is full, nothing sent.
  bool send_back(XdpFrame& frame) noexcept;
  // Memory for a new frame; empty: all of it is on its way, flush() and come again. commit() queues its first `size`
  // bytes; a second loan() without commit() returns the same memory.
  std::span<std::byte> loan() noexcept;
  void commit(std::size_t size) noexcept;
  // Makes the kernel send what is queued, and collects memory of what was sent. 0, or the errno of what went wrong
  // (ENETDOWN, ENOBUFS...): what is still queued goes with the next flush().
  int flush() noexcept;

  Got got() const noexcept;
  Statistics statistics() const;
  int fd() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lln::net
