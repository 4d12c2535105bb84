// DPDK: whole Ethernet frames by a driver that runs inside the process and is asked over and over (a port, one queue
// each way).
//
// Made for devices that DPDK knows by name and that need no PCI, no huge pages and no setup of the machine: its virtual
// devices. On a machine of the course these are sockets and shared memory inside, so what is learned here is the shape
// of such a program; the gain needs a card. Building and reading frames: lln/net/udp_frame.hpp.
//
//   DpdkRuntime dpdk;                                                       // once a process
//   DpdkPort port(dpdk, {.device = "net_af_packet0,iface=far0"});
//   for (;;) {
//     for (DpdkFrame& frame : port.receive()) {            // borrowed until the next receive()
//       const auto request = parse_udp_frame(frame.bytes);
//       if (request && write_udp_headers(frame.bytes, request->path.reversed(), request->payload.size()) != 0)
//         port.send_back(frame);                            // the same mbuf goes out again
//     }
//     port.flush();
//   }
//
// Devices, in DPDK's words: net_af_packet0,iface=DEV[,qdisc_bypass=1] (an AF_PACKET socket: the kernel gets a copy of
//   every frame too), net_af_xdp0,iface=DEV (root; its driver keeps 2048 buffers for itself: frames = 4096),
//   net_memif0,role=server|client,socket=PATH,socket-abstract=no (another port or process). A name is used once at a
//   time: the second af_packet device of a process is net_af_packet1.
// Once a process: DPDK can be started and ended once. A second DpdkRuntime throws std::logic_error, also after the
//   first is gone. Tests that need several fork first. A child of a process that has started it must not use it.
// What a start does: maps 64 MiB, loads DPDK's drivers, starts a sleeping thread. No PCI, huge pages, telemetry socket or
//   files shared with other processes; an empty directory dpdk/rte stays in /run, as a plain user in $XDG_RUNTIME_DIR
//   or /tmp. The caller's CPUs are given back to it. What DPDK has to say of errors is on standard error.
// Threads: the runtime one; a port one at a time, ports are independent. Network namespace: the one of the thread that
//   makes the port. No call sleeps but in drivers; there is no wait() and no descriptor: that is the idea of DPDK.
// Privileges: those of the device. net_af_packet: CAP_NET_RAW, and CAP_NET_ADMIN to write the interface's own address
//   back to it, which some devices (lo) refuse with a line on standard error and no harm.
// Undo: a port stops and closes its device, the runtime ends DPDK; ports first. Killed, the sockets go with the process;
//   net_af_xdp's program stays on the interface then.
// Allocation: ours at construction only; a driver's is its own. receive() to flush() are noexcept.
// Cost: a round trip with both ends on net_af_packet beside sockets and AF_XDP: lab 06.
// Source: DPDK 22.11, Programmer's Guide and Network Interface Controller Drivers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace lln::net {

// DPDK's environment layer, started and, on destruction, ended. Throws std::system_error, std::logic_error.
class DpdkRuntime {
 public:
  DpdkRuntime();
  ~DpdkRuntime();
  DpdkRuntime(const DpdkRuntime&) = delete;
  DpdkRuntime& operator=(const DpdkRuntime&) = delete;
};

// A received frame. Its bytes may be changed, and sent back; `bytes` may be made shorter for that, not longer.
struct DpdkFrame {
  std::span<std::byte> bytes;
  void* buffer = nullptr;  // its mbuf, for the port; none once it was sent back
};

class DpdkPort {
 public:
  struct Options {
    std::string device;           // as above: name, comma, the driver's arguments
    std::uint32_t frames = 1024;  // of 2048 bytes each; 256 to 8192, all ports together in 64 MiB
  };

  struct Statistics {
    std::uint64_t dropped;       // frames that came and were lost, as far as the driver counts them
    std::uint64_t no_memory;     // receive() found no free buffer
    std::uint64_t failed_sends;  // as the driver says
  };

  static constexpr std::size_t frame_size = 2048;
  static constexpr std::size_t batch = 64;  // most frames of one receive(), and of one flush()

  // Throws std::system_error, std::runtime_error (a device that DPDK refuses), std::invalid_argument.
  DpdkPort(DpdkRuntime& runtime, const Options& options);
  ~DpdkPort();
  DpdkPort(DpdkPort&&) noexcept;
  DpdkPort& operator=(DpdkPort&&) noexcept;

  // What has arrived, without waiting. Takes back the memory of the batch before, but for frames sent back.
  std::span<DpdkFrame> receive() noexcept;

  // Queues a frame of the last batch for sending, with its bytes as they are now. False: 64 are queued, nothing sent.
  bool send_back(DpdkFrame& frame) noexcept;
  // Memory for a new frame; empty: 64 are queued or all of it is on its way, flush() and come again. commit() queues
  // its first `size` bytes; a second loan() without commit() returns the same memory.
  std::span<std::byte> loan() noexcept;
  void commit(std::size_t size) noexcept;
  // Hands what is queued to the driver. 0, or ENOBUFS: it did not take all, the rest goes with the next flush().
  int flush() noexcept;

  Statistics statistics() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lln::net
