// Two hosts joined by a cable, inside one process: two network namespaces and a veth pair between them.
//
//   near  10.77.0.1  near0 ────────── far0  10.77.0.2  far
//
// What needs a second host, a device with NAPI or a place for XDP programs is tried here, without touching the
// machine's own network. Neighbours are entered on both sides (no ARP comes between), IPv6 is off (no chatter in the
// counters), 224.0.0.0/4 leads to the cable, and each end has one queue, so that an AF_XDP socket on queue 0 sees all.
//
// Privileges: root makes two network namespaces. A plain user gets a user namespace around them; the process is root
//   in there for the rest of its life, may send raw packets and set up devices, but load no BPF programs. The kernel
//   demands that the process has one thread at that moment: make the TestNet first, start threads later.
// Threads: a namespace belongs to a thread; enter() and leave() change the calling one. Threads and children inherit
//   the namespace of their maker, a socket stays in the one in which it was opened.
// Undone by: nothing. The namespaces have no names; they, the cable and what hangs on it vanish with the last thread
//   and descriptor in them, also after SIGKILL. Descriptors are closed on exec.
// Errors: std::system_error and std::runtime_error (with the words of ip(8)), each saying what was attempted.
// Source: network_namespaces(7), user_namespaces(7), veth(4).
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/interface.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace lln::net {

class TestNet {
 public:
  enum class Side { near, far };

  struct Options {
    // Generic receive offload on at both ends (and TSO off, which would undo it): veth then has NAPI, without which
    // busy polling is accepted and does nothing.
    bool napi = false;
  };

  using MacAddress = std::array<std::uint8_t, 6>;

  // Empty where a TestNet can be made, by this process and now; else one sentence for a skip. Tries it in a child.
  static std::string why_not();

  TestNet() : TestNet(Options{}) {}
  // Leaves the calling thread in the namespace in which it was; a plain user's process in an empty one (no cable).
  explicit TestNet(const Options& options);

  void enter(Side side) const;
  // Back to where the maker was.
  void leave() const;

  // The cable's end on that side, as seen from there; valid in any thread.
  Interface interface(Side side) const { return ends_[index(side)]; }
  static constexpr Ipv4Address address(Side side) { return {side == Side::near ? 0x0A4D0001U : 0x0A4D0002U}; }
  static constexpr MacAddress mac(Side side) {
    return {0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(side == Side::near ? 1 : 2)};
  }

 private:
  static constexpr std::size_t index(Side side) { return side == Side::near ? 0 : 1; }

  FileDescriptor home_;
  std::array<FileDescriptor, 2> namespaces_;
  std::array<Interface, 2> ends_;
};

}  // namespace lln::net
