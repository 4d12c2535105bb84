#include "uring_memory.hpp"

#include <lln/net/uring_loop.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace lln::net {
namespace {

// What user_data says: the operation's kind above, its place in our tables below.
enum class Operation : std::uint8_t { accept, stream, datagrams, send, cancel };

constexpr std::uint64_t user_data(Operation operation, unsigned index) noexcept {
  return static_cast<std::uint64_t>(operation) << 32 | index;
}

}  // namespace

namespace detail {

struct UringSource {
  int fd = -1;
  std::uint64_t tag = 0;
  std::uint8_t operation = 0;
  bool stopped = false;
};

}  // namespace detail

struct UringLoop::Parts {
  explicit Parts(const Options& options)
      : owner(options.entries, options.sqpoll),
        ring(owner.ring),
        sqpoll(options.sqpoll.has_value()),
        buffers(ring, options.buffers, options.buffer_size),
        sends(ring, options.sends, options.buffer_size),
        sources(options.sources) {
    free_sources.reserve(options.sources);
    rearm.reserve(options.sources);
    for (unsigned i = options.sources; i > 0; --i) free_sources.push_back(i - 1);
    datagram.msg_namelen = sizeof(sockaddr_in);
    datagram.msg_controllen = options.control_size;
  }
  ~Parts() { owner.cancel_all(); }

  // A full ring is handed over first.
  io_uring_sqe* entry() noexcept {
    for (;;) {
      if (io_uring_sqe* const sqe = io_uring_get_sqe(&ring); sqe != nullptr) return sqe;
      io_uring_submit(&ring);
      if (sqpoll) io_uring_sqring_wait(&ring);
    }
  }

  void arm(unsigned index) noexcept {
    const detail::UringSource& source = sources[index];
    const auto operation = static_cast<Operation>(source.operation);
    io_uring_sqe* const sqe = entry();
    if (operation == Operation::accept) {
      io_uring_prep_multishot_accept(sqe, source.fd, nullptr, nullptr, SOCK_CLOEXEC);
    } else {
      if (operation == Operation::stream) io_uring_prep_recv_multishot(sqe, source.fd, nullptr, 0, 0);
      if (operation == Operation::datagrams) io_uring_prep_recvmsg_multishot(sqe, source.fd, &datagram, 0);
      sqe->flags |= IOSQE_BUFFER_SELECT;
      sqe->buf_group = detail::UringBuffers::group;
    }
    io_uring_sqe_set_data64(sqe, user_data(operation, index));
  }

  void cancel(unsigned index) noexcept {
    io_uring_sqe* const sqe = entry();
    io_uring_prep_cancel64(sqe, user_data(static_cast<Operation>(sources[index].operation), index), 0);
    io_uring_sqe_set_data64(sqe, user_data(Operation::cancel, index));
  }

  std::optional<Source> add(Operation operation, int fd, std::uint64_t tag) noexcept {
    if (free_sources.empty()) return std::nullopt;
    const unsigned index = free_sources.back();
    free_sources.pop_back();
    sources[index] = {fd, tag, static_cast<std::uint8_t>(operation), false};
    arm(index);
    return index;
  }

  // The slot's entry, with its tag; `prepare` fills it.
  template <class Prepare>
  bool send(std::size_t size, std::uint64_t tag, Prepare prepare) noexcept {
    if (!lent || size > sends.size()) return false;
    lent = false;
    const unsigned slot = sends.next();
    sends.take();
    sends[slot].tag = tag;
    io_uring_sqe* const sqe = entry();
    prepare(sqe, slot);
    io_uring_sqe_set_data64(sqe, user_data(Operation::send, slot));
    return true;
  }

  // Buffers of the batch before go back; receives that ended for lack of them begin again.
  void release() noexcept {
    if (held_count > 0) buffers.give_back({held.data(), held_count});
    held_count = 0;
    for (const unsigned index : rearm) {
      arm(index);
      if (sources[index].stopped) cancel(index);  // stopped while it was not there to be cancelled
    }
    rearm.clear();
  }

  // What has been asked for is not handed over yet, or the kernel says that it has something to finish.
  bool kernel_has_work() const noexcept {
    constexpr unsigned wants_us = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
    return io_uring_sq_ready(&ring) > 0 ||
           (std::atomic_ref(*ring.sq.kflags).load(std::memory_order_relaxed) & wants_us) != 0;
  }

  std::span<const UringEvent> take_finished() noexcept {
    std::array<io_uring_cqe*, batch> finished;
    const unsigned count = io_uring_peek_batch_cqe(&ring, finished.data(), batch);
    std::size_t told = 0;
    for (unsigned i = 0; i < count; ++i) {
      if (translate(*finished[i], events[told])) ++told;
    }
    io_uring_cq_advance(&ring, count);
    return {events.data(), told};
  }

  // False: nothing of the caller's business.
  bool translate(const io_uring_cqe& cqe, UringEvent& event) noexcept {
    const auto operation = static_cast<Operation>(cqe.user_data >> 32);
    const auto index = static_cast<unsigned>(cqe.user_data);
    event = {};
    event.result = cqe.res;
    if (operation == Operation::cancel) return false;
    if (operation == Operation::send) {
      event.kind = UringEvent::Kind::sent;
      event.tag = sends[index].tag;
      event.last = true;
      sends.give_back(index);
      return true;
    }
    detail::UringSource& source = sources[index];
    event.tag = source.tag;
    event.kind = operation == Operation::accept ? UringEvent::Kind::accepted : UringEvent::Kind::received;
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
      const auto id = static_cast<unsigned short>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
      held[held_count++] = id;
      read_buffer(operation, cqe.res, buffers.at(id), event);
    }
    if ((cqe.flags & IORING_CQE_F_MORE) != 0) return true;
    // The kernel also ends a receive because no buffer, or no place for its completion, was left.
    const bool over = source.stopped || cqe.res == -ECANCELED || (cqe.res <= 0 && cqe.res != -ENOBUFS);
    if (!over) {
      rearm.push_back(index);
      return cqe.res >= 0;
    }
    event.last = true;
    free_sources.push_back(index);
    return true;
  }

  void read_buffer(Operation operation, int result, std::byte* buffer, UringEvent& event) noexcept {
    if (operation == Operation::stream) {
      event.bytes = {buffer, static_cast<std::size_t>(std::max(result, 0))};
      return;
    }
    io_uring_recvmsg_out* const out = io_uring_recvmsg_validate(buffer, result, &datagram);
    if (out == nullptr) return;
    event.bytes = {static_cast<const std::byte*>(io_uring_recvmsg_payload(out, &datagram)),
                   io_uring_recvmsg_payload_length(out, result, &datagram)};
    event.result = static_cast<int>(event.bytes.size());
    event.truncated = (out->flags & MSG_TRUNC) != 0;
    const auto* const name = static_cast<const std::byte*>(io_uring_recvmsg_name(out));
    event.control = {name + datagram.msg_namelen, out->controllen};
    if (out->namelen < sizeof(sockaddr_in)) return;
    event.from = Endpoint::from_sockaddr(*reinterpret_cast<const sockaddr_in*>(name));
  }

  detail::UringRing owner;
  io_uring& ring;
  bool sqpoll;
  detail::UringBuffers buffers;
  detail::UringSends sends;
  bool lent = false;
  std::vector<detail::UringSource> sources;
  std::vector<unsigned> free_sources;
  std::vector<unsigned> rearm;
  msghdr datagram{};
  std::array<UringEvent, batch> events;
  std::array<unsigned short, batch> held;
  std::size_t held_count = 0;
};

std::string UringLoop::why_not() {
  try {
    const UringLoop loop({.entries = 4, .buffers = 4, .sends = 4});
    return {};
  } catch (const std::system_error& error) {
    std::string why = "no io_uring here: " + std::string(error.what());
    if (error.code().value() == EPERM) why += " (forbidden by kernel.io_uring_disabled or a seccomp filter)";
    if (error.code().value() == EINVAL) why += " (needs Linux 6.1)";
    return why;
  }
}

UringLoop::UringLoop(const Options& options) : parts_(std::make_unique<Parts>(options)) {}
UringLoop::~UringLoop() = default;
UringLoop::UringLoop(UringLoop&&) noexcept = default;
UringLoop& UringLoop::operator=(UringLoop&&) noexcept = default;

std::optional<UringLoop::Source> UringLoop::accept(int listener, std::uint64_t tag) noexcept {
  return parts_->add(Operation::accept, listener, tag);
}

std::optional<UringLoop::Source> UringLoop::receive_stream(int fd, std::uint64_t tag) noexcept {
  return parts_->add(Operation::stream, fd, tag);
}

std::optional<UringLoop::Source> UringLoop::receive_datagrams(int fd, std::uint64_t tag) noexcept {
  return parts_->add(Operation::datagrams, fd, tag);
}

void UringLoop::stop(Source source) noexcept {
  parts_->sources[source].stopped = true;
  parts_->cancel(source);
}

std::span<std::byte> UringLoop::loan() noexcept {
  if (!parts_->sends.any()) return {};
  parts_->lent = true;
  return {parts_->sends.at(parts_->sends.next()), parts_->sends.size()};
}

bool UringLoop::send(int fd, std::size_t size, std::uint64_t tag) noexcept {
  return parts_->send(size, tag, [&](io_uring_sqe* sqe, unsigned slot) {
    io_uring_prep_send(sqe, fd, parts_->sends.at(slot), size, MSG_NOSIGNAL | MSG_WAITALL);
  });
}

bool UringLoop::send_registered(int fd, std::size_t size, std::uint64_t tag) noexcept {
  return parts_->send(size, tag, [&](io_uring_sqe* sqe, unsigned slot) {
    io_uring_prep_write_fixed(sqe, fd, parts_->sends.at(slot), static_cast<unsigned>(size), 0, 0);
  });
}

bool UringLoop::send_to(int fd, const Endpoint& to, std::size_t size, std::uint64_t tag) noexcept {
  return parts_->send(size, tag, [&](io_uring_sqe* sqe, unsigned slot) {
    detail::UringSend& send = parts_->sends[slot];
    send.to = to.to_sockaddr();
    send.part = {parts_->sends.at(slot), size};
    send.header = {};
    send.header.msg_name = &send.to;
    send.header.msg_namelen = sizeof send.to;
    send.header.msg_iov = &send.part;
    send.header.msg_iovlen = 1;
    io_uring_prep_sendmsg(sqe, fd, &send.header, MSG_NOSIGNAL);
  });
}

std::span<const UringEvent> UringLoop::poll() noexcept {
  parts_->release();
  if (parts_->sqpoll) {
    io_uring_submit(&parts_->ring);  // a system call only if the kernel's thread has gone to sleep
  } else if (parts_->kernel_has_work()) {
    io_uring_submit_and_get_events(&parts_->ring);
  }
  return parts_->take_finished();
}

std::span<const UringEvent> UringLoop::wait(std::chrono::milliseconds timeout) noexcept {
  parts_->release();
  io_uring_cqe* first = nullptr;
  if (timeout.count() < 0) {
    io_uring_submit_and_wait(&parts_->ring, 1);
  } else {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    __kernel_timespec time{};
    time.tv_sec = seconds.count();
    time.tv_nsec = std::chrono::nanoseconds(timeout - seconds).count();
    io_uring_submit_and_wait_timeout(&parts_->ring, &first, 1, &time, nullptr);
  }
  return parts_->take_finished();
}

bool UringLoop::set_busy_poll(std::chrono::microseconds time) noexcept {
  return parts_->owner.busy_poll(time);
}

}  // namespace lln::net
