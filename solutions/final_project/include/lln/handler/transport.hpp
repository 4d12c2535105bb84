// The receive stage of the transport that was asked for.
//
// Each has poll(watch, handle), and start() and stop() for the polling thread. The handler's loops are made for each of
// them: which one it is, is asked once a run and not once a packet.
#pragma once

#include <lln/handler/packet_receive.hpp>
#include <lln/handler/uring_receive.hpp>
#include <lln/handler/xdp_receive.hpp>
#include <lln/handler_api.hpp>

#include <cstdint>
#include <variant>
#include <vector>

namespace lln::handler {

using Receive = std::variant<PacketReceive, UringReceive, XdpReceive>;

/// Throws std::system_error, std::runtime_error: one sentence that says what this machine cannot.
Receive make_receive(const app::HandlerConfig& config, unsigned batch);

// Of whichever it is; after the run, or seldom.
std::uint64_t kernel_drops(const Receive& receive, Line line) noexcept;
void refresh_kernel_drops(Receive& receive) noexcept;
std::uint64_t unstamped(const Receive& receive, Line line) noexcept;
std::vector<ReceiveFact> facts(const Receive& receive);
std::vector<app::Count> counts(const Receive& receive);

}  // namespace lln::handler
