// The memory of a batch of datagrams as recvmmsg(2) and sendmmsg(2) want it: payloads, vectors, headers.
//
// Each payload begins at a cache line of its own. The pointers among the parts survive a move of the batch.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::net::detail {

struct alignas(64) CacheLine {
  std::byte bytes[64];
};

constexpr std::size_t lines_of(std::size_t bytes) noexcept {
  return (bytes + sizeof(CacheLine) - 1) / sizeof(CacheLine);
}

struct MessageBatch {
  MessageBatch() = default;
  // Throws std::invalid_argument unless 1 <= batch <= 1024 and 1 <= max_datagram <= limit.
  MessageBatch(unsigned batch, std::size_t max_datagram, std::size_t limit);
  MessageBatch(MessageBatch&&) = default;
  MessageBatch& operator=(MessageBatch&&) = default;

  std::byte* payload(std::size_t index) noexcept { return static_cast<std::byte*>(vectors[index].iov_base); }
  std::size_t size() const noexcept { return messages.size(); }

  std::vector<CacheLine> payloads;
  std::vector<iovec> vectors;  // each is max_datagram long
  std::vector<mmsghdr> messages;
};

struct SendErrors {
  std::uint64_t count = 0;
  int last = 0;  // errno of the newest
};

// Sends the first `count`, normally by one sendmmsg(2); returns how many the kernel took. A refused datagram is
// skipped, the others get their own chance.
std::size_t send_batch(int fd, MessageBatch& batch, std::size_t count, SendErrors& errors) noexcept;

}  // namespace lln::net::detail
