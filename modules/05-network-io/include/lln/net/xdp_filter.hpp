// Two XDP programs with their user-space halves: a filter that drops, a counter that only looks.
//
// They run for each frame that an interface receives, before a packet of the kernel is made of it (native mode) or just
// after (generic). Dropping there is the cheapest way to lose a packet; counting there sees frames that no socket sees.
//
//   XdpFilter filter;                                         // loaded, attached nowhere
//   filter.block(Ipv4Address::parse("10.9.0.0"), 16);
//   filter.close_port(9999);
//   filter.attach("far0", XdpMode::native);                   // rules may change while it runs
//
// An interface takes one XDP program: neither goes beside an XdpSocket or the other. Chains of programs are what
// libxdp's dispatcher is for.
// Threads: any may call; counts are sums over the CPUs, read while they grow. Privileges and undo: as XdpSocket.
// Cost: not measured. Source: bpf(2), Documentation/bpf/map_lpm_trie.rst of the kernel.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/xdp_socket.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace lln::net {

class XdpFilter {
 public:
  struct Counts {
    std::uint64_t passed = 0;
    std::uint64_t from_blocked = 0;
    std::uint64_t to_closed = 0;
  };

  XdpFilter();
  ~XdpFilter();
  XdpFilter(XdpFilter&&) noexcept;
  XdpFilter& operator=(XdpFilter&&) noexcept;

  // IPv4 sources whose first `prefix_length` bits are those of `network`. Rules throw std::system_error: one too many
  // (1024), or none to take away.
  void block(Ipv4Address network, unsigned prefix_length = 32);
  void unblock(Ipv4Address network, unsigned prefix_length = 32);
  // UDP destination ports. Fragments pass: only the first has ports, and without it the others are nothing.
  void close_port(std::uint16_t port);
  void open_port(std::uint16_t port);

  void attach(const std::string& interface, XdpMode mode);
  void detach() noexcept { link_.reset(); }

  Counts counts() const;
  int program_fd() const noexcept;  // for BPF_PROG_TEST_RUN

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  FileDescriptor link_;
};

class XdpCounter {
 public:
  enum class Kind : unsigned { udp, tcp, other_ipv4, ipv6, arp, other };
  struct Amount {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;  // headers included
  };
  using Amounts = std::array<Amount, 6>;  // by Kind

  XdpCounter();
  ~XdpCounter();
  XdpCounter(XdpCounter&&) noexcept;
  XdpCounter& operator=(XdpCounter&&) noexcept;

  void attach(const std::string& interface, XdpMode mode);
  void detach() noexcept { link_.reset(); }

  Amounts amounts() const;
  Amount amount(Kind kind) const { return amounts()[static_cast<unsigned>(kind)]; }
  int program_fd() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  FileDescriptor link_;
};

}  // namespace lln::net
