#include "socket_options.hpp"

#include <lln/net/detail/message_batch.hpp>

#include <cerrno>

namespace lln::net::detail {

MessageBatch::MessageBatch(unsigned batch, std::size_t max_datagram, std::size_t limit) {
  require_range("batch", batch, 1, 1024);
  require_range("max_datagram", static_cast<long long>(max_datagram), 1, static_cast<long long>(limit));
  const std::size_t stride = lines_of(max_datagram);
  payloads.resize(batch * stride);
  vectors.resize(batch);
  messages.resize(batch);
  for (std::size_t i = 0; i < batch; ++i) {
    vectors[i] = {payloads[i * stride].bytes, max_datagram};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
}

std::size_t send_batch(int fd, MessageBatch& batch, std::size_t count, SendErrors& errors) noexcept {
  std::size_t sent = 0;
  std::size_t next = 0;
  while (next < count) {
    const int taken =
        ::sendmmsg(fd, &batch.messages[next], static_cast<unsigned>(count - next), MSG_NOSIGNAL);
    if (taken > 0) {
      sent += static_cast<std::size_t>(taken);
      next += static_cast<std::size_t>(taken);
    } else if (errno != EINTR) {
      // The error belongs to the first of the rest.
      ++errors.count;
      errors.last = errno;
      ++next;
    }
  }
  return sent;
}

}  // namespace lln::net::detail
