#include "deadline.hpp"
#include "socket_options.hpp"

#include <lln/net/epoll_loop.hpp>

#include <linux/types.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace lln::net {
namespace {

// Of <linux/eventpoll.h> since Linux 6.9; older headers do not have it.
struct BusyPollParameters {
  __u32 busy_poll_usecs;
  __u16 busy_poll_budget;
  __u8 prefer_busy_poll;
  __u8 padding;
};
constexpr unsigned long set_busy_poll_parameters = _IOW(0x8A, 0x01, BusyPollParameters);

constexpr std::uint64_t wake_token = ~std::uint64_t{0};

constexpr std::uint64_t token_of(int fd, std::uint32_t generation) noexcept {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

}  // namespace

EpollLoop::EpollLoop(const Options& options) {
  detail::require_range("batch", options.batch, 1, 1 << 16);
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) detail::throw_errno("epoll_create1", -1);
  waker_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!waker_) detail::throw_errno("eventfd", -1);
  // Edge-triggered: each write is an event of its own, so nobody ever has to read the counter.
  epoll_event event{EPOLLIN | EPOLLET, {.u64 = wake_token}};
  if (::epoll_ctl(fd(), EPOLL_CTL_ADD, waker_.get(), &event) != 0) {
    detail::throw_errno("epoll: adding the eventfd", waker_.get());
  }
  slots_.resize(options.reserve);
  events_.resize(options.batch);
}

void EpollLoop::control(int operation, int fd, Interest interest, const char* attempt) {
  const Slot& slot = slots_[static_cast<std::size_t>(fd)];
  epoll_event event{
      static_cast<std::uint32_t>(interest) | static_cast<std::uint32_t>(slot.trigger) | EPOLLRDHUP,
      {.u64 = token_of(fd, slot.generation)}};
  if (::epoll_ctl(this->fd(), operation, fd, &event) != 0) detail::throw_errno(attempt, fd);
}

void EpollLoop::add(int fd, Interest interest, Handler& handler, Trigger trigger) {
  detail::require_range("epoll: descriptor", fd, 0, std::numeric_limits<int>::max());
  const auto index = static_cast<std::size_t>(fd);
  if (index >= slots_.size()) slots_.resize(std::max(index + 1, slots_.size() * 2));
  const Slot before = slots_[index];
  slots_[index] = {&handler, before.generation + 1, trigger};
  try {
    control(EPOLL_CTL_ADD, fd, interest, "epoll: adding");
  } catch (...) {
    slots_[index] = before;
    throw;
  }
}

void EpollLoop::change(int fd, Interest interest) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= slots_.size()) {
    errno = ENOENT;
    detail::throw_errno("epoll: changing", fd);
  }
  control(EPOLL_CTL_MOD, fd, interest, "epoll: changing");
}

void EpollLoop::remove(int fd) noexcept {
  if (fd < 0 || static_cast<std::size_t>(fd) >= slots_.size()) return;
  slots_[static_cast<std::size_t>(fd)].handler = nullptr;
  ::epoll_ctl(this->fd(), EPOLL_CTL_DEL, fd, nullptr);
}

// #region poll
std::size_t EpollLoop::poll(std::chrono::milliseconds timeout) noexcept {
  const int count =
      ::epoll_wait(fd(), events_.data(), static_cast<int>(events_.size()), detail::poll_timeout(timeout));
  std::size_t called = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == wake_token) continue;
    const Slot slot = slots_[static_cast<std::uint32_t>(event.data.u64)];
    if (slot.handler == nullptr || slot.generation != event.data.u64 >> 32)
      continue;  // removed in this batch
    slot.handler->on_ready({event.events});
    ++called;
  }
  return called;
}
// #endregion poll

void EpollLoop::run() noexcept {
  // Acquire pairs with stop()'s release: what the stopping thread wrote before is seen behind run().
  while (!stopped_.load(std::memory_order_acquire)) poll(std::chrono::milliseconds(-1));
  stopped_.store(false, std::memory_order_relaxed);  // for the next run()
}

void EpollLoop::stop() noexcept {
  stopped_.store(true, std::memory_order_release);
  wake();
}

void EpollLoop::wake() noexcept {
  const int interrupted = errno;  // a signal handler must leave it as it was
  const std::uint64_t one = 1;
  // It cannot fail: the counter would have to reach 2^64 - 1.
  [[maybe_unused]] const auto written = ::write(waker_.get(), &one, sizeof one);
  errno = interrupted;
}

void EpollLoop::set_busy_poll(std::chrono::microseconds time, unsigned budget) {
  detail::require_range("busy poll time in us", time.count(), 0, 1'000'000);
  detail::require_range("busy poll budget", budget, 0, 64);
  BusyPollParameters parameters{static_cast<__u32>(time.count()), static_cast<__u16>(budget), 1, 0};
  if (::ioctl(fd(), set_busy_poll_parameters, &parameters) != 0) {
    detail::throw_errno("epoll: EPIOCSPARAMS " + std::to_string(time.count()) + "us", fd());
  }
}

}  // namespace lln::net
