// Loses packets in the kernel, where an interface receives them: a BPF program at its traffic control hook (tc), which
// draws each packet's fate from a seed.
//
// The n-th packet that it looks at is lost exactly when the n-th packet of an Impairment with the same seed and loss is
// (independent losses). Where the relay needs programs to be pointed at it and carries UDP, this needs root and takes any
// IPv4 packet: TCP, multicast, what goes to AF_XDP does not pass here (XDP comes before tc).
//
// On the way in, not out: a packet dropped on the way out makes send() fail, which no network does.
//
// Hooks and what is left behind:
//   link    BPF link at the tcx hook (Linux 6.6): a descriptor of this process. Goes with it, also after SIGKILL.
//   clsact  older kernels: a filter of the interface's clsact qdisc. The destructor removes both (the qdisc, if it was
//           not there before); after SIGKILL they stay for as long as the interface does. So it is used only where that
//           is said to be all right: in a TestNet, which vanishes with the process.
//
// Threads: one; destroy it in the network namespace in which it was made. Counts may be read while they grow.
// Privileges: CAP_BPF and CAP_NET_ADMIN outside any user namespace; why_not() says what is missing.
// Errors: std::system_error, std::invalid_argument (loss). Cost: not measured.
// Source: tc-bpf(8), Linux include/uapi/linux/bpf.h.
#pragma once

#include <lln/net/file_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace lln::net {

class PacketDropper {
 public:
  enum class Hook { link, clsact };
  enum class Choice {
    link,            // or an error
    link_or_clsact,  // the second one where the first is not there
    clsact
  };

  struct Options {
    std::string interface;  // of the calling thread's network namespace
    std::uint64_t seed = 1;
    double loss = 0;  // share
    std::uint16_t port =
        0;  // UDP datagrams to this port; 0: every IPv4 packet. Others pass and have no number
    Choice hook = Choice::link;
  };

  struct Counts {
    std::uint64_t seen = 0;
    std::uint64_t dropped = 0;
  };

  // Empty where this process may; else one sentence for a skip.
  static std::string why_not();

  explicit PacketDropper(const Options& options);
  ~PacketDropper();
  PacketDropper(const PacketDropper&) = delete;
  PacketDropper& operator=(const PacketDropper&) = delete;

  Hook hook() const noexcept;
  Counts counts() const;
  int program_fd() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lln::net
