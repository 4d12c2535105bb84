// UDP packets over a loopback interface of their own, received on one CPU.
#pragma once

#include <atomic>

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
  int socket_;
};

}  // namespace lln::jitter::detail
