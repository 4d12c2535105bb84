// Exercise 05-02: datagrams by the batch, of packets that hold several. The brief is in README.md. Linux, IPv4.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

namespace lln::exercise {

struct Datagram {
  std::span<const std::byte> bytes;
  std::uint32_t sender = 0;  // host order, as the port
  std::uint16_t port = 0;
  bool cut = false;  // the packet was longer than its slot, and this is the last of what is left of it
};

// Receives from a UDP socket that others own. One thread. All memory is taken by the constructor.
class BatchReceiver {
 public:
  // Each of the slots takes one packet of at most slot_bytes. Switches UDP_GRO on; throws std::system_error.
  BatchReceiver(int socket, std::size_t slots, std::size_t slot_bytes) {
    static_cast<void>(socket);  // TODO 1, TODO 3
    static_cast<void>(slots);
    static_cast<void>(slot_bytes);
  }
  BatchReceiver(const BatchReceiver&) = delete;
  BatchReceiver& operator=(const BatchReceiver&) = delete;

  // Takes what is there, as many packets as there are slots, by one system call that does not wait. Calls use(datagram) for
  // each datagram, in their order; its bytes are valid in there. How many datagrams. A signal in between changes
  // nothing; any other error is counted, and does not keep back what has arrived.
  template <class Use>
  std::size_t receive(Use&& use) noexcept {
    use(Datagram{{}, 41, 41, true});  // TODO 1, TODO 3, TODO 4
    return 41;
  }

  // receive() until a batch was not full, which says that the queue was empty; and at most `batches` times.
  template <class Use>
  std::size_t drain(Use&& use, std::size_t batches) noexcept {
    return receive(use) + batches;  // TODO 2
  }

  // Calls that failed, without those that a signal interrupted and those that found nothing.
  std::uint64_t errors() const noexcept { return 41; }
};

}  // namespace lln::exercise
