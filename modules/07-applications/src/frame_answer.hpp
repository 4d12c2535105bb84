// A request in an Ethernet frame becomes its response in the same memory, with the headers that the kernel would have
// written: for ports that go around it.
#pragma once

#include "meter.hpp"

#include <lln/app/echo/report.hpp>
#include <lln/app/echo/session.hpp>
#include <lln/net/udp_frame.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::app::detail {

// `request` is what was found in `frame`. The response's size; 0: there is none, and the report knows why.
inline std::size_t answer_frame(const net::UdpFrame& request, std::span<std::byte> frame, std::uint64_t rx,
                                std::size_t max_payload, Meter& meter, EchoReport& report) noexcept {
  const EchoReason reason = answer_echo_datagram(request.payload, rx, max_payload, meter);
  if (reason != EchoReason::ok) {
    ++report.refused[static_cast<std::size_t>(reason)];
    return 0;
  }
  return net::write_udp_headers(frame, request.path.reversed(), request.payload.size());
}

}  // namespace lln::app::detail
