// The four rings that an AF_XDP socket shares with the kernel: single producer, single consumer, one side ours.
//
// Positions count for ever and wrap at 32 bits; entry `position & mask`. The producer writes entries, then publishes its
// position with release; the consumer reads it with acquire, and gives places back the same way. Each side keeps a copy
// of the other's position and asks again only when the copy says full, or empty: one cache line less on most calls.
// Not owners: the memory belongs to XdpSocket.
//
// Threads: one a side. Cost: not measured alone. Source: Documentation/networking/af_xdp.rst of the kernel.
#pragma once

#include <atomic>
#include <cstdint>

namespace lln::net::detail {

// Where mmap has put a ring, by the offsets that the kernel tells.
template <class Entry>
struct XdpRingMemory {
  std::uint32_t* producer = nullptr;
  std::uint32_t* consumer = nullptr;
  std::uint32_t* flags = nullptr;
  Entry* entries = nullptr;
  std::uint32_t size = 0;  // a power of two
};

// Ours to fill: the fill ring (memory for frames to come) and the transmit ring.
template <class Entry>
class XdpProducer {
 public:
  XdpProducer() = default;
  explicit XdpProducer(const XdpRingMemory<Entry>& memory) noexcept
      : memory_(memory),
        next_(std::atomic_ref(*memory.producer).load(std::memory_order_relaxed)),
        consumed_(std::atomic_ref(*memory.consumer).load(std::memory_order_acquire)) {}

  // False: full.
  bool push(const Entry& entry) noexcept {
    if (next_ - consumed_ == memory_.size) {
      consumed_ = std::atomic_ref(*memory_.consumer).load(std::memory_order_acquire);
      if (next_ - consumed_ == memory_.size) return false;
    }
    memory_.entries[next_++ & (memory_.size - 1)] = entry;
    return true;
  }

  // What was pushed at this position, until its place is used again.
  const Entry& pushed(std::uint32_t position) const noexcept {
    return memory_.entries[position & (memory_.size - 1)];
  }

  // The other side sees what was pushed from here on.
  void publish() noexcept { std::atomic_ref(*memory_.producer).store(next_, std::memory_order_release); }

  // Published entries that the other side has not taken.
  std::uint32_t pending() const noexcept {
    return std::atomic_ref(*memory_.producer).load(std::memory_order_relaxed) -
           std::atomic_ref(*memory_.consumer).load(std::memory_order_acquire);
  }

  // The kernel wants a system call before it goes on (XDP_RING_NEED_WAKEUP).
  bool needs_wakeup() const noexcept {
    return (std::atomic_ref(*memory_.flags).load(std::memory_order_relaxed) & 1U) != 0;
  }

 private:
  XdpRingMemory<Entry> memory_;
  std::uint32_t next_ = 0;
  std::uint32_t consumed_ = 0;
};

// Ours to empty: the receive ring and the completion ring (memory of frames that have been sent).
template <class Entry>
class XdpConsumer {
 public:
  XdpConsumer() = default;
  explicit XdpConsumer(const XdpRingMemory<Entry>& memory) noexcept
      : memory_(memory),
        next_(std::atomic_ref(*memory.consumer).load(std::memory_order_relaxed)),
        produced_(std::atomic_ref(*memory.producer).load(std::memory_order_acquire)) {}

  // Whether there is an entry to pop.
  bool ready() noexcept {
    if (next_ == produced_) produced_ = std::atomic_ref(*memory_.producer).load(std::memory_order_acquire);
    return next_ != produced_;
  }
  // Of the entry that pop() gives next.
  std::uint32_t position() const noexcept { return next_; }

  // False: empty.
  bool pop(Entry& entry) noexcept {
    if (!ready()) return false;
    entry = memory_.entries[next_++ & (memory_.size - 1)];
    return true;
  }

  // The other side may use the places of what was popped.
  void release() noexcept { std::atomic_ref(*memory_.consumer).store(next_, std::memory_order_release); }

 private:
  XdpRingMemory<Entry> memory_;
  std::uint32_t next_ = 0;
  std::uint32_t produced_ = 0;
};

}  // namespace lln::net::detail
