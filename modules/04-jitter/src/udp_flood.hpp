// Multicast UDP packets over a loopback interface of their own, received on one CPU by many sockets each: little work for
// the sender, much for the softirq that receives.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace lln::jitter::detail {

class UdpFlood {
 public:
  // Takes the calling thread into new network and mount namespaces, for good: call it in a thread of its own. All
  // packets are handed to `cpu` (receive packet steering). Throws std::system_error.
  explicit UdpFlood(int cpu);
  ~UdpFlood();
  UdpFlood(const UdpFlood&) = delete;
  UdpFlood& operator=(const UdpFlood&) = delete;

  void run_until(const std::atomic<bool>& stop);

 private:
  static constexpr std::size_t receivers = 16;

  int sender_ = -1;
  std::array<int, receivers> receivers_;
  void open_sockets();
  void close_sockets() noexcept;
};

}  // namespace lln::jitter::detail
