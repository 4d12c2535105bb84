// What a connection of the io_uring back end does next, and what becomes of it when that is done.
#include "uring_backend.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace lln::app::detail {

// #region receive
void UringBackend::receive(Connection& c) noexcept {
  io_uring_sqe* const entry = next();
  if (c.phase == Phase::lingering) {
    ::io_uring_prep_recv(entry, c.socket.fd(), waste_.data(), waste_.size(), 0);
    c.backend_state = under_way;
  } else if (c.session.has_buffer()) {
    const auto space = c.session.space();
    ::io_uring_prep_recv(entry, c.socket.fd(), space.data(), space.size(), 0);
    c.backend_state = under_way;
  } else {
    ::io_uring_prep_recv(entry, c.socket.fd(), nullptr, echo_buffer_size, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = 0;
    c.backend_state = under_way | kernel_chooses;
  }
  tag(entry, &c, Tag::receive);
}
// #endregion receive

void UringBackend::send(Connection& c) noexcept {
  const auto output = c.session.output();
  io_uring_sqe* const entry = next();
  ::io_uring_prep_send(entry, c.socket.fd(), output.data(), output.size(), MSG_NOSIGNAL | MSG_WAITALL);
  tag(entry, &c, Tag::send);
  c.backend_state = under_way;
}

void UringBackend::want_writable(Connection& connection, bool wanted) noexcept {
  if (wanted && !stopping_) send(connection);
}

bool UringBackend::end_later(Connection& c, EchoReason reason) noexcept {
  if ((c.backend_state & under_way) == 0) return false;
  c.end_for = reason;
  io_uring_sqe* const entry = next();
  ::io_uring_prep_cancel64(entry,
                           reinterpret_cast<std::uint64_t>(&c) | static_cast<std::uint64_t>(Tag::receive), 0);
  tag(entry, nullptr, Tag::cancel);
  return true;
}

void UringBackend::release(Connection& c) noexcept {
  if (c.backend_state & held) return;
  if (c.backend_state & starves) std::erase(starving_, &c);
  if ((c.backend_state & under_way) == 0) return worker_.destroy(c);
  ::shutdown(c.socket.fd(), SHUT_RDWR);  // what is under way ends at once
}

// What a connection does next, with nothing of it under way.
void UringBackend::go_on(Connection& c, bool progress) noexcept {
  if (c.phase == Phase::serving) {
    c.backend_state = held;  // so that it does not end in the middle of the next lines
    if (c.end_for != EchoReason::ok) {
      worker_.end_now(c, std::exchange(c.end_for, EchoReason::ok));
    } else if (c.session.finished()) {
      worker_.finish(c);
    } else {
      worker_.settle(c, progress);
    }
    c.backend_state &= ~held;
  }
  if (c.phase == Phase::gone && (c.backend_state & under_way) == 0) return worker_.destroy(c);
  if ((c.backend_state & under_way) || stopping_) return;
  if (c.phase == Phase::serving && !c.session.output().empty()) return send(c);
  receive(c);
}

void UringBackend::received(Connection& c, const io_uring_cqe& result) noexcept {
  const bool chosen = (c.backend_state & kernel_chooses) != 0;
  c.backend_state = 0;
  if (result.flags & IORING_CQE_F_BUFFER) {
    const auto index = result.flags >> IORING_CQE_BUFFER_SHIFT;
    Block* const block = std::exchange(provided_[index], nullptr);
    if (c.phase == Phase::serving && !c.session.has_buffer() && result.res > 0) {
      worker_.lend(c, block);
    } else {
      worker_.give_back(block);
    }
  }
  if (c.phase == Phase::gone) return worker_.destroy(c);
  if (result.res == -ENOBUFS && chosen && !stopping_) {
    c.backend_state = starves;
    starving_.push_back(&c);
    return;
  }
  if (c.phase == Phase::lingering) {
    if (result.res == -ECANCELED || result.res > 0) return go_on(c, false);
    c.orderly = result.res == 0;
    return worker_.drop(c, c.session.reason());
  }
  const std::uint64_t before = worker_.meter().requests;
  if (result.res > 0) {
    ++worker_.report().reads;
    c.session.received(static_cast<std::size_t>(result.res), worker_.meter().now(), worker_.meter());
  } else if (result.res == 0) {
    c.session.end_of_input();
  } else if (result.res != -ECANCELED && result.res != -EINTR && result.res != -ENOBUFS) {
    return worker_.drop(c, EchoReason::peer_vanished);
  }
  go_on(c, worker_.meter().requests != before);
}

void UringBackend::sent(Connection& c, int result) noexcept {
  c.backend_state = 0;
  if (c.phase == Phase::gone) return worker_.destroy(c);
  ++worker_.report().writes;
  if (result > 0) {
    c.session.sent(static_cast<std::size_t>(result));
  } else if (result != -ECANCELED && result != -EINTR) {
    return worker_.drop(c, EchoReason::peer_vanished);
  }
  c.wants_writable = false;
  go_on(c, c.session.output().empty());
}

}  // namespace lln::app::detail
