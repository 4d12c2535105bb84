// One thread serves many descriptors: waits for all at once and calls a handler for each one that is ready.
//
// Threads: one thread owns the loop; only wake() and stop() may be called from others, and from signal handlers.
// Guarantees: poll() is noexcept and allocates nothing; one epoll_wait(2), then the handlers, in the kernel's order.
//   A handler may add, change and remove descriptors, its own and others', and may destroy itself: an event that was
//   fetched before its descriptor was removed is dropped, also when the number is in use again by then. A wake() is
//   never lost: it ends the wait of now, or the next one.
//   Only poll() itself must not be called by a handler.
// Set-up calls throw std::system_error that says what was attempted ("epoll: adding fd 7").
// Level: poll() reports a descriptor as long as it is ready. Edge: once each time something new comes, so the handler
//   has to go on until EAGAIN; the kernel has less to do, and a half-read stream is silent for ever.
// Remove a descriptor before closing it: a duplicate (fork, dup) would keep it reported otherwise.
// Cost: one epoll_wait(2) a poll(), one virtual call an event. lln-round-trip measures it.
// Source: epoll(7), epoll_wait(2), eventfd(2); EPIOCSPARAMS: Linux 6.9, Documentation/networking/napi.rst.
#pragma once

#include <lln/net/file_descriptor.hpp>

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace lln::net {

class EpollLoop {
 public:
  enum class Interest : std::uint32_t { readable = EPOLLIN, writable = EPOLLOUT, both = EPOLLIN | EPOLLOUT };
  enum class Trigger : std::uint32_t { level = 0, edge = EPOLLET };

  // What the kernel reported. Errors and hang-ups come unasked.
  struct Ready {
    std::uint32_t events;
    // A read (write) would not wait. True too when the connection is gone: the read (write) tells why.
    bool readable() const noexcept { return (events & (EPOLLIN | EPOLLRDHUP | gone)) != 0; }
    bool writable() const noexcept { return (events & (EPOLLOUT | gone)) != 0; }
    // The peer sends no more; there may be something left to read.
    bool half_closed() const noexcept { return (events & EPOLLRDHUP) != 0; }
    bool failed() const noexcept { return (events & gone) != 0; }
    static constexpr std::uint32_t gone = EPOLLERR | EPOLLHUP;
  };

  class Handler {
   public:
    virtual void on_ready(Ready ready) noexcept = 0;

   protected:
    ~Handler() = default;  // nobody deletes through this class
  };

  struct Options {
    unsigned batch = 64;         // events fetched by one poll()
    std::size_t reserve = 1024;  // descriptors numbered below this are added without allocation
  };

  EpollLoop() : EpollLoop(Options{}) {}
  explicit EpollLoop(const Options& options);
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  // The handler must live until the descriptor is removed. An edge that is already there is reported.
  void add(int fd, Interest interest, Handler& handler, Trigger trigger = Trigger::level);
  // Asks for something else from now on; also reports an edge-triggered descriptor anew if it is ready now.
  void change(int fd, Interest interest);
  void remove(int fd) noexcept;

  // Waits for events (rounded to milliseconds; 0 = looks only, negative = for ever), calls the handlers, returns how
  // many. 0: time is over, wake() or a signal came.
  std::size_t poll(std::chrono::milliseconds timeout) noexcept;

  // poll() until stop(), which is remembered when it comes first.
  void run() noexcept;
  void stop() noexcept;
  // Ends the wait: for who has put work where the loop's thread looks between two polls.
  void wake() noexcept;

  // The kernel drives the device's queue from within poll(), for this long before it sleeps. Linux 6.9 and NAPI
  // needed; elsewhere it throws (ENOTTY) or, without NAPI, does nothing.
  void set_busy_poll(std::chrono::microseconds time, unsigned budget = 8);

  int fd() const noexcept { return epoll_.get(); }

 private:
  struct Slot {
    Handler* handler = nullptr;
    std::uint32_t generation = 0;  // of the registration; events carry it
    Trigger trigger = Trigger::level;
  };

  void control(int operation, int fd, Interest interest, const char* attempt);

  FileDescriptor epoll_;
  FileDescriptor waker_;
  std::vector<Slot> slots_;  // by descriptor
  std::vector<epoll_event> events_;
  std::atomic<bool> stopped_{false};
};

// A handler of a lambda, where it is made: CallbackHandler on_data([&](EpollLoop::Ready) noexcept { ... });
template <class Callback>
class CallbackHandler final : public EpollLoop::Handler {
 public:
  static_assert(std::is_nothrow_invocable_v<Callback&, EpollLoop::Ready>, "callbacks of a loop are noexcept");
  explicit CallbackHandler(Callback callback) : callback_(std::move(callback)) {}
  void on_ready(EpollLoop::Ready ready) noexcept override { callback_(ready); }

 private:
  Callback callback_;
};

}  // namespace lln::net
