#include <lln/handler/transport.hpp>

#include <chrono>
#include <stdexcept>

namespace lln::handler {
namespace {

constexpr std::chrono::microseconds usual_busy_poll{50};

ReceiveOptions receive_options(const app::HandlerConfig& config, unsigned batch) {
  ReceiveOptions options{.line_a = config.line_a,
                         .line_b = config.line_b,
                         .interface = config.interface,
                         .source = config.source,
                         .busy_poll = config.busy_poll,
                         .batch = batch};
  options.hardware_stamps = true;
  options.xdp_generic = config.transport == app::Transport::xdp_generic;
  if (config.transport == app::Transport::busy_poll && !config.busy_poll) options.busy_poll = usual_busy_poll;
  return options;
}

}  // namespace

Receive make_receive(const app::HandlerConfig& config, unsigned batch) {
  const ReceiveOptions options = receive_options(config, batch);
  switch (config.transport) {
    case app::Transport::io_uring:
      return Receive(std::in_place_type<UringReceive>, options);
    case app::Transport::xdp:
    case app::Transport::xdp_generic:
      return Receive(std::in_place_type<XdpReceive>, options);
    case app::Transport::busy_poll:
      if (config.interface.address.is_loopback())
        throw std::runtime_error("transport busy-poll: " + config.interface.name +
                                 " is no device, so there is no queue that a receive call could drive");
      break;
    case app::Transport::socket:
      break;
  }
  return Receive(std::in_place_type<PacketReceive>, options);
}

std::uint64_t kernel_drops(const Receive& receive, Line line) noexcept {
  return std::visit([line](const auto& stage) { return stage.kernel_drops(line); }, receive);
}

void refresh_kernel_drops(Receive& receive) noexcept {
  std::visit([](auto& stage) { stage.refresh_kernel_drops(); }, receive);
}

std::uint64_t unstamped(const Receive& receive, Line line) noexcept {
  return std::visit([line](const auto& stage) { return stage.unstamped(line); }, receive);
}

std::vector<ReceiveFact> facts(const Receive& receive) {
  return std::visit([](const auto& stage) { return stage.facts(); }, receive);
}

std::vector<app::Count> counts(const Receive& receive) {
  std::vector<app::Count> counts{
      {"receive_errors", std::visit([](const auto& stage) { return stage.receive_errors(); }, receive)}};
  if (const auto* xdp = std::get_if<XdpReceive>(&receive)) {
    counts.push_back({"xdp_ring_drops", xdp->ring_drops()});
    counts.push_back({"xdp_malformed", xdp->malformed()});
    counts.push_back({"xdp_passed", xdp->passed()});
  }
  return counts;
}

}  // namespace lln::handler
