// Extends the kernel's 32-bit drop counter of a socket to 64 bits.
//
// SO_RXQ_OVFL reports the total since the socket was made, as it was when the datagram was queued: neither a
// difference nor the newest value. A value read from SO_MEMINFO in between is newer than those of the
// datagrams still queued. So: only steps forward count, modulo 2^32, and a step is less than 2^31.
#pragma once

#include <cstdint>

namespace lln::net::detail {

class DropCounter {
 public:
  void observe(std::uint32_t kernel_total) noexcept {
    const auto step = static_cast<std::int32_t>(kernel_total - last_);
    if (step > 0) {
      total_ += static_cast<std::uint32_t>(step);
      last_ = kernel_total;
    }
  }
  std::uint64_t total() const noexcept { return total_; }

 private:
  std::uint64_t total_ = 0;
  std::uint32_t last_ = 0;
};

}  // namespace lln::net::detail
