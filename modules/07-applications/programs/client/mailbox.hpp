// An echo without the kernel: two processes, one page of shared memory (a memfd), one message each way at a time.
//
//   offset    0  state of the request    written by the client
//            64  the request             written by the client
//          2048  state of the answer     written by the server
//          2112  the answer              written by the server
//
// A state counts the messages written so far; who waits for one looks at its state over and over. The two sides write
// different lines, and those far enough apart that no prefetcher fetches them together.
//
// Threads    One client, one server: another process, or in tests another thread.
// Ordering   A state is stored with release after the message and loaded with acquire before it.
// Guarantee  The server's process ends when the client's does, killed or not; the memory vanishes with both.
// Allocation At the start only. No system call for a message, unless the two share one processor: who has looked 4096
//            times in vain yields.
//
// Why not lln::lock_free::SpscRing: it takes its slots from the heap and holds their address, and neither means anything
// in another process. What is left of a ring with one slot is its state.
#pragma once

#include <lln/app/echo/protocol.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace lln::echo_client {

struct MailboxMemory {
  static constexpr std::size_t most_bytes = 1984;  // of a message
  struct Lane {
    alignas(64) std::atomic<std::uint64_t> written;
    alignas(64) std::byte message[most_bytes];
  };
  Lane request;
  Lane answer;
  alignas(64) std::atomic<bool> stop;
};
static_assert(offsetof(MailboxMemory, answer) == 2048);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// What the server does, until `stop` in the memory. message_size: what the client agreed to.
void serve_mailbox(MailboxMemory& memory, std::size_t message_size) noexcept;

// The client's end (app::EchoPort); the constructor starts the server in a process of its own, the destructor ends it.
class Mailbox {
 public:
  // `server`: how the server's thread is set up. Throws std::system_error, std::invalid_argument for a message that does
  // not fit.
  Mailbox(std::size_t message_size, const jitter::ThreadOptions& server);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  bool send(std::uint64_t id) noexcept {
    if (waiting_) return false;  // one at a time
    app::detail::store_be(request_.data() + app::echo_offset::id, id);
    std::memcpy(memory_->request.message, request_.data(), request_.size());
    memory_->request.written.store(++messages_, std::memory_order_release);
    waiting_ = true;
    return true;
  }
  void flush() noexcept {}
  template <class OnAnswer>
  bool receive(OnAnswer&& on_answer) noexcept {
    if (!waiting_) return false;
    if (memory_->answer.written.load(std::memory_order_acquire) != messages_) return false;
    std::memcpy(answer_.data(), memory_->answer.message, answer_.size());
    waiting_ = false;
    spin_.reset();
    on_answer(app::detail::load_be<std::uint64_t>(answer_.data() + app::echo_offset::id));
    return true;
  }
  void wait(std::int64_t) noexcept { spin_.wait(); }
  bool open() const noexcept { return true; }

 private:
  MailboxMemory* memory_;
  std::vector<std::byte> request_;
  std::vector<std::byte> answer_;
  std::uint64_t messages_ = 0;
  bool waiting_ = false;
  lock_free::SpinWait spin_;
  pid_t server_ = -1;
};

}  // namespace lln::echo_client
