// A ring at each end: the answer and the wait for the next message go to the kernel in one system call.
#include "mechanisms.hpp"
#include "sockets.hpp"

#ifdef LLN_HAVE_LIBURING
#include <liburing.h>

#include <system_error>
#endif

namespace lln::round_trip {

#ifdef LLN_HAVE_LIBURING
namespace {

class UringEnd {
 public:
  UringEnd(UdpEnd socket, bool spins) : socket_(std::move(socket)), spins_(spins) {}
  ~UringEnd() {
    if (open_) io_uring_queue_exit(&ring_);
  }
  UringEnd(const UringEnd&) = delete;
  UringEnd& operator=(const UringEnd&) = delete;

  // Goes out with the next receive(). The last message has none: flush it.
  bool send(std::span<const std::byte> message) noexcept {
    if (!open()) return false;
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) return false;
    std::memcpy(out_.data(), message.data(), message.size());
    io_uring_prep_send(entry, socket_.fd(), out_.data(), message.size(), MSG_NOSIGNAL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    if (number_in(out_) == last_message) return io_uring_submit(&ring_) >= 0;
    return true;
  }

  bool receive(std::span<std::byte> message) noexcept {
    if (!open()) return false;
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) return false;
    io_uring_prep_recv(entry, socket_.fd(), message.data(), message.size(), 0);
    io_uring_cqe* const done = spins_ ? spin() : sleep();
    if (done == nullptr) return false;
    const bool whole = done->res == static_cast<int>(message.size());
    io_uring_cqe_seen(&ring_, done);
    return whole;
  }

  static std::string why_not() {
    UringEnd probe(udp_pair().first, false);
    return probe.open()
               ? ""
               : "io_uring_setup with DEFER_TASKRUN is refused here: " + std::string(strerror(probe.error_));
  }

 private:
  // By the thread that uses it: SINGLE_ISSUER means the one that made the ring.
  bool open() noexcept {
    if (open_) return true;
    error_ = -io_uring_queue_init(8, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    open_ = error_ == 0;
    return open_;
  }
  io_uring_cqe* sleep() noexcept {
    io_uring_cqe* done = nullptr;
    __kernel_timespec limit{std::chrono::seconds(patience).count(), 0};
    return io_uring_submit_and_wait_timeout(&ring_, &done, 1, &limit, nullptr) < 0 ? nullptr : done;
  }
  io_uring_cqe* spin() noexcept {
    Patience patience_left;
    io_uring_cqe* done = nullptr;
    if (io_uring_submit(&ring_) < 0) return nullptr;
    // Deferred work runs inside the call that asks for it.
    while (io_uring_get_events(&ring_) >= 0 && io_uring_peek_cqe(&ring_, &done) != 0) {
      if (patience_left.over()) return nullptr;
    }
    return done;
  }

  UdpEnd socket_;
  Message out_{};
  io_uring ring_{};
  bool spins_;
  bool open_ = false;
  int error_ = 0;
};

contest::Turn run(const Plan& plan, Place place, latency::Histogram& values, bool spins) {
  if (const std::string why = UringEnd::why_not(); !why.empty()) throw contest::Unavailable(why);
  auto [near, far] = udp_pair();
  UringEnd near_end(std::move(near), spins);
  UringEnd far_end(std::move(far), spins);
  return ping_pong(near_end, far_end, plan, place, values);
}

}  // namespace

void add_io_uring(Contestants& contestants, const Plan& plan) {
  contest::add(contestants, "udp-uring-one-cpu", "UDP, one CPU, io_uring", "udp-blocking-one-cpu",
               [&plan](auto& values) { return run(plan, one_cpu(plan), values, false); });
  contest::add(contestants, "udp-uring", "UDP, two CPUs, io_uring", "udp-blocking",
               [&plan](auto& values) { return run(plan, two_cpus(plan), values, false); });
  contest::add(contestants, "udp-uring-spin", "UDP, two CPUs, io_uring spinning", "udp-spin",
               [&plan](auto& values) { return run(plan, two_cpus(plan), values, true); });
}
#else
void add_io_uring(Contestants& contestants, const Plan&) {
  contest::add(contestants, "udp-uring", "UDP, io_uring", "udp-blocking", [](auto&) -> contest::Turn {
    throw contest::Unavailable("built without liburing (apt: liburing-dev)");
  });
}
#endif

}  // namespace lln::round_trip
