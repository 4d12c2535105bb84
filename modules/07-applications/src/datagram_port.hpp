// Where datagrams come from and answers go to: a UDP socket, or an interface's frames (AF_XDP, DPDK).
#pragma once

#include <lln/app/echo/report.hpp>
#include <lln/app/echo/server.hpp>

#include <memory>

namespace lln::app::detail {

class Meter;

class DatagramPort {
 public:
  virtual ~DatagramPort() = default;
  DatagramPort(const DatagramPort&) = delete;
  DatagramPort& operator=(const DatagramPort&) = delete;

  // Answers what waits, about `most` datagrams at most. false: nothing waits any more.
  virtual bool serve(int most, Meter& meter, EchoReport& report) noexcept = 0;
  // Readable when something waits.
  virtual int fd() const noexcept = 0;
  // After the last serve().
  virtual void finish(EchoReport&) noexcept {}

 protected:
  DatagramPort() = default;
};

// LLN_BPF_FOUND only: takes the UDP frames for `port` from the interface, before the kernel's network stack.
std::unique_ptr<DatagramPort> make_xdp_port(const EchoOptions& options, std::uint16_t port,
                                            EchoReport& report);
std::string xdp_why_not();

}  // namespace lln::app::detail
