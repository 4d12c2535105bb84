#include <lln/handler/xdp_receive.hpp>

#include <exception>
#include <stdexcept>
#include <system_error>

namespace lln::handler {
namespace {

// Native where the device can, else generic; `why` then says what the device said.
net::XdpSocket open_xdp(const ReceiveOptions& options, std::string& why) {
  if (const std::string obstacle = net::XdpSocket::why_not(); !obstacle.empty())
    throw std::runtime_error("transport xdp: " + obstacle);
  net::XdpSocket::Options wanted;
  wanted.interface = options.interface.name;
  wanted.destinations = {options.line_a, options.line_b};
  wanted.source = options.source;
  wanted.stamps = true;
  wanted.frames = options.xdp_frames;
  if (!options.xdp_generic) {
    wanted.mode = net::XdpMode::native;
    wanted.zero_copy = true;
    try {
      return net::XdpSocket(wanted);
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::operation_not_supported) throw;
      why = error.what();
    }
  }
  wanted.mode = net::XdpMode::generic;
  wanted.zero_copy = false;
  return net::XdpSocket(wanted);
}

ReceiveOptions without_busy_poll(ReceiveOptions options) {
  options.busy_poll.reset();
  return options;
}

}  // namespace

XdpReceive::XdpReceive(const Options& options)
    : line_a_(options.line_a), xdp_(open_xdp(options, why_generic_)), sockets_(without_busy_poll(options)) {}

void XdpReceive::refresh_kernel_drops() noexcept {
  sockets_.refresh_kernel_drops();
  try {
    ring_drops_ = xdp_.statistics().dropped;
  } catch (const std::exception&) {
    // The kernel does not say: what was known stands.
  }
}

std::vector<ReceiveFact> XdpReceive::facts() const {
  std::string detail = std::string("AF_XDP, ") + to_string(xdp_.got().mode) + " mode, " +
                       (xdp_.got().zero_copy ? "zero copy" : "one copy");
  if (!why_generic_.empty()) detail += " (" + why_generic_ + ")";
  return {{"transport", true, detail}, {"time stamps", true, "software, by the XDP program"}};
}

}  // namespace lln::handler
