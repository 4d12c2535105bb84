#include "datagram_port.hpp"
#include "frame_answer.hpp"

#include <lln/app/echo/dpdk.hpp>
#include <lln/net/udp_socket.hpp>

#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace lln::app {
namespace detail {
namespace {

// Holds a port against other sockets, and against the kernel's word that nobody listens there; whatever comes to it is
// thrown away before it is kept.
class SilentSocket {
 public:
  explicit SilentSocket(const net::Endpoint& local) {
    sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &nothing};
    if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
      throw std::system_error(errno, std::generic_category(),
                              "SO_ATTACH_FILTER on the socket that keeps " + local.to_string());
    try {
      socket_.bind(local);
    } catch (const std::system_error& error) {
      // An address that is not the kernel's it does not answer for.
      if (error.code().value() != EADDRNOTAVAIL) throw;
    }
  }

 private:
  net::UdpSocket socket_;
};

class DpdkDatagrams final : public DatagramPort {
 public:
  DpdkDatagrams(net::DpdkRuntime& runtime, const std::string& device, const EchoOptions& options)
      : local_(*options.udp),
        max_payload_(options.max_payload),
        silent_(local_),
        port_(runtime, {.device = device}) {}

  bool serve(int, Meter& meter, EchoReport& report) noexcept override {
    if (unflushed_) flush();
    const auto frames = port_.receive();
    if (frames.empty()) return false;
    const std::uint64_t rx = meter.now();
    bool some = false;
    bool answered = false;
    for (net::DpdkFrame& frame : frames) {
      const auto request = net::parse_udp_frame(frame.bytes);
      if (!request || !is_for_us(request->path)) continue;
      some = true;
      const std::size_t size = answer_frame(*request, frame.bytes, rx, max_payload_, meter, report);
      if (size == 0) continue;
      frame.bytes = frame.bytes.first(size);
      answered = true;
      if (!port_.send_back(frame)) ++report.unsent;
    }
    report.reads += some;
    report.writes += answered;
    if (answered) flush();
    return true;
  }
  // DPDK has no descriptor: that is the idea of it.
  int fd() const noexcept override { return -1; }
  void finish(EchoReport&) noexcept override {
    if (unflushed_) flush();
  }

 private:
  // A frame to a group of hosts is nobody's in particular: the answer would come from the group.
  bool is_for_us(const net::UdpPath& path) const noexcept {
    return path.to == local_ && (path.to_mac.octets[0] & 1) == 0;
  }
  // What the driver does not take now goes with the next round.
  void flush() noexcept { unflushed_ = port_.flush() != 0; }

  net::Endpoint local_;
  std::size_t max_payload_;
  SilentSocket silent_;  // before the device: no request is answered by both
  net::DpdkPort port_;
  bool unflushed_ = false;
};

}  // namespace
}  // namespace detail

void use_dpdk(EchoOptions& options, net::DpdkRuntime& runtime, const std::string& device) {
  options.datagram_port = [&runtime, device](const EchoOptions& all, EchoReport& report) {
    auto port = std::make_unique<detail::DpdkDatagrams>(runtime, device, all);
    report.notes.push_back("DPDK on " + device);
    return std::unique_ptr<detail::DatagramPort>(std::move(port));
  };
}

}  // namespace lln::app
