#include <lln/handler/uring_receive.hpp>

#include <stdexcept>

namespace lln::handler {
namespace {

// 32 bytes of a buffer are the kernel's, then come the control messages and a datagram of up to 2048 bytes.
constexpr net::UringLoop::Options ring_options{.entries = 64,
                                               .buffers = 256,
                                               .buffer_size = 32 + net::detail::receive_control_bytes + 2048,
                                               .control_size = net::detail::receive_control_bytes,
                                               .sends = 1,
                                               .sources = 4};

}  // namespace

UringReceive::UringReceive(const Options& options)
    : sockets_{join_line(Line::a, options), join_line(Line::b, options)}, stamps_(options) {
  if (const std::string why = net::UringLoop::why_not(); !why.empty())
    throw std::runtime_error("transport io_uring: " + why);
}

void UringReceive::start() {
  loop_.emplace(ring_options);
  for (const Line line : {Line::a, Line::b})
    loop_->receive_datagrams(receiver(line).fd(), static_cast<std::uint64_t>(line));
}

void UringReceive::failed(const net::UringEvent& event) noexcept {
  ++errors_;
  loop_->receive_datagrams(receiver(static_cast<Line>(event.tag)).fd(), event.tag);
}

// The sockets' own counters learn the kernel's total here; what the datagrams told is in it.
void UringReceive::refresh_kernel_drops() noexcept {
  drops_ = {};
  for (auto& socket : sockets_) socket.refresh_kernel_drops();
}

std::vector<ReceiveFact> UringReceive::facts() const {
  return {stamps_.fact(), {"transport", true, "io_uring, one receive a line that goes on by itself"}};
}

}  // namespace lln::handler
