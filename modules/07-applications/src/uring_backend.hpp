// The back end on io_uring; see uring_backend.cpp for how its connections live.
#pragma once

#include "worker.hpp"

#include <liburing.h>

#include <cstdint>
#include <vector>

namespace lln::app::detail {

class UringBackend final : public Backend {
 public:
  UringBackend(Worker& worker, const EchoOptions& options);
  ~UringBackend() override;

  void listen(Acceptor& acceptor) override;
  void watch(DatagramPort& port) override;
  bool watch(Connection& connection) noexcept override;
  void want_writable(Connection& connection, bool wanted) noexcept override;
  bool end_later(Connection& connection, EchoReason reason) noexcept override;
  void release(Connection& connection) noexcept override;
  void poll(std::chrono::milliseconds timeout) noexcept override;
  void wake() noexcept override;
  void stop() noexcept override;

 private:
  // In the low bits (tag_mask) of an operation's user data; above them the address of what it is about.
  enum class Tag : std::uint64_t { receive, send, accept, datagrams, wake, cancel };
  static constexpr std::uint64_t tag_mask = 7;
  // Connection::backend_state
  static constexpr std::uint32_t under_way = 1;
  static constexpr std::uint32_t kernel_chooses = 2;
  static constexpr std::uint32_t starves = 4;
  static constexpr std::uint32_t held = 8;  // somebody here still looks at it

  struct alignas(8) Listening {
    int fd = -1;
  };

  io_uring_sqe* next() noexcept;
  static void tag(io_uring_sqe* entry, const void* what, Tag tag) noexcept;
  void accept_on(const Listening& listening) noexcept;
  void look_at(int fd, const void* what, Tag why) noexcept;
  void receive(Connection& connection) noexcept;
  void send(Connection& connection) noexcept;
  void go_on(Connection& connection, bool progress) noexcept;
  void received(Connection& connection, const io_uring_cqe& result) noexcept;
  void sent(Connection& connection, int result) noexcept;
  void accepted(const Listening& listening, const io_uring_cqe& result) noexcept;
  void completed(const io_uring_cqe& result) noexcept;
  void provide() noexcept;
  void take_back_provided() noexcept;
  void reap(std::chrono::milliseconds timeout) noexcept;

  Worker& worker_;
  net::FileDescriptor waker_;
  io_uring ring_{};
  io_uring_buf_ring* buffers_ = nullptr;
  std::vector<Block*> provided_;       // by buffer id; nullptr: taken, not replaced yet
  std::vector<Connection*> starving_;  // the kernel found no buffer for them
  std::vector<Connection*> fed_;
  std::vector<std::byte> waste_;
  Listening listening_[2];
  std::size_t in_flight_ = 0;
  bool enabled_ = false;
  bool stopping_ = false;
};

}  // namespace lln::app::detail
