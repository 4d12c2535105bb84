// What a UringLoop shares with the kernel: the ring itself, the ring of buffers that receives take from, and the memory
// to send from.
#pragma once

#include <liburing.h>
#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lln::net::detail {

class UringRing {
 public:
  // Throws std::system_error.
  UringRing(unsigned entries, std::optional<int> sqpoll_cpu);
  ~UringRing();
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;

  // Nothing is on its way any more: the memory may go.
  void cancel_all() noexcept;
  // While waiting, look at the device for so long. False: refused.
  bool busy_poll(std::chrono::microseconds time) noexcept;

  io_uring ring{};
};

class UringBuffers {
 public:
  static constexpr unsigned short group = 0;

  // Registers them with the ring, which must live longer. Throws std::system_error.
  UringBuffers(io_uring& ring, unsigned count, std::size_t size);
  ~UringBuffers();
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;

  std::byte* at(unsigned id) const noexcept { return memory_.get() + id * size_; }
  void give_back(std::span<const unsigned short> ids) noexcept;

 private:
  io_uring& ring_;
  unsigned count_;
  std::size_t size_;
  std::unique_ptr<std::byte[]> memory_;
  io_uring_buf_ring* buffers_;
};

struct UringSend {
  std::uint64_t tag = 0;
  sockaddr_in to{};
  iovec part{};
  msghdr header{};
};

class UringSends {
 public:
  // Registers the memory. Throws std::system_error.
  UringSends(io_uring& ring, unsigned count, std::size_t size);

  std::byte* at(unsigned slot) const noexcept { return memory_.get() + slot * size_; }
  UringSend& operator[](unsigned slot) noexcept { return slots_[slot]; }
  std::size_t size() const noexcept { return size_; }

  bool any() const noexcept { return !free_.empty(); }
  unsigned next() const noexcept { return free_.back(); }
  void take() noexcept { free_.pop_back(); }
  void give_back(unsigned slot) noexcept { free_.push_back(slot); }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> memory_;
  std::vector<UringSend> slots_;
  std::vector<unsigned> free_;  // never more than there are slots: no push_back allocates
};

}  // namespace lln::net::detail
