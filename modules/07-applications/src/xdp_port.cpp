// AF_XDP: requests are answered in the frames in which they came, one system call for all answers of a round.
#include "datagram_port.hpp"
#include "frame_answer.hpp"

#include <lln/net/xdp_socket.hpp>

namespace lln::app::detail {
namespace {

class XdpPort final : public DatagramPort {
 public:
  XdpPort(const EchoOptions& options, std::uint16_t port, EchoReport& report)
      : socket_(asked_for(options, port)), max_payload_(options.max_payload) {
    const auto got = socket_.got();
    report.notes.push_back("AF_XDP on " + options.xdp_interface + ": " + net::to_string(got.mode) +
                           " mode, " + (got.zero_copy ? "zero copy" : "the kernel copies each frame"));
  }

  bool serve(int, Meter& meter, EchoReport& report) noexcept override {
    const auto frames = socket_.receive();
    if (frames.empty()) return false;
    ++report.reads;
    const std::uint64_t rx = meter.now();
    for (net::XdpFrame& frame : frames) {
      if (!answer(frame, rx, meter, report)) continue;
      if (!socket_.send_back(frame)) ++report.unsent;
    }
    ++report.writes;
    socket_.flush();
    return true;
  }
  int fd() const noexcept override { return socket_.fd(); }

 private:
  static net::XdpSocket::Options asked_for(const EchoOptions& options, std::uint16_t port) {
    net::XdpSocket::Options result;
    result.interface = options.xdp_interface;
    result.port = port;
    result.mode = options.xdp_native ? net::XdpMode::native : net::XdpMode::generic;
    result.zero_copy = options.xdp_native;
    return result;
  }

  bool answer(net::XdpFrame& frame, std::uint64_t rx, Meter& meter, EchoReport& report) noexcept {
    const auto request = net::parse_udp_frame(frame.bytes);
    if (!request) {
      ++report.refused[static_cast<std::size_t>(EchoReason::size_mismatch)];
      return false;
    }
    const std::size_t size = answer_frame(*request, frame.bytes, rx, max_payload_, meter, report);
    if (size == 0) return false;
    frame.bytes = frame.bytes.first(size);
    return true;
  }

  net::XdpSocket socket_;
  std::size_t max_payload_;
};

}  // namespace

std::unique_ptr<DatagramPort> make_xdp_port(const EchoOptions& options, std::uint16_t port,
                                            EchoReport& report) {
  return std::make_unique<XdpPort>(options, port, report);
}

std::string xdp_why_not() { return net::XdpSocket::why_not(); }

}  // namespace lln::app::detail
